package sandbox

import "fmt"

// How fast customers and operators may be made while the sandbox runs.
const (
	SpeedLeast = 0.1
	SpeedMost  = 100
)

// Speed is how many times faster than real ones customers and operators are just now.
func (s *Server) Speed() float64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.speed
}

// SetSpeed makes customers and operators faster or slower from now on, those included who
// are at it already: what is left of their time counts at the new speed. All that is real
// time whatever the speed stays as it is.
func (s *Server) SetSpeed(speed float64) error {
	if !(speed >= SpeedLeast && speed <= SpeedMost) { // NaN is neither
		return fmt.Errorf("speed %v: must be from %v to %v", speed, SpeedLeast, SpeedMost)
	}
	// Under mu no step is planned: each is planned at the old speed and stretched, or at the new
	// one.
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.stretch(s.speed / speed)
	s.speed = speed
	return nil
}
