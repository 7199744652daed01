package show

import (
	"fmt"
	"strings"

	"tillwatch/sandbox"
)

// The presenter's knob stays between these, where a person still sees what happens; what
// --speed was given beyond them is left alone.
const (
	calmest  = 0.25
	quickest = 64
)

// Start starts a payment by that network which does what the scenario says; either may be
// empty, which leaves it to chance.
func (s *Show) Start(network, scenario string) string {
	taken, err := s.box.Start(sandbox.Order{Method: network, Scenario: scenario})
	if err != nil {
		return "that cannot be: " + strings.TrimPrefix(err.Error(), "starting a payment: ")
	}
	s.change(func() { s.lines = append(s.lines, lineOf(taken)) })
	said := "started " + taken.Label
	if chosen := strings.TrimSpace(network + " " + scenario); chosen != "" {
		said += ": " + chosen
	}
	return said
}

// Decide does something to one payment, named by its reference or, hosted, as ORDER:101. The answer
// names no payment, because the caller knows what people call it.
func (s *Show) Decide(name string, outcome sandbox.Outcome) string {
	if name == "" {
		return "no payment is selected"
	}
	if err := s.box.Decide(name, outcome); err != nil {
		return "that cannot be: " + reason(err) // the name is on the screen already
	}
	if outcome == sandbox.TakeBack {
		return "taken back: Dollr says FAILED now, which nobody hears who does not ask again"
	}
	return string(outcome) + ": done"
}

// Lie lets the channel claim an end of a payment that Dollr's API knows nothing of.
func (s *Show) Lie(name, status string) string {
	if name == "" {
		return "no payment is selected"
	}
	if err := s.box.Say(name, "", status); err != nil {
		return "that cannot be: " + reason(err)
	}
	return "the channel says " + status + ", the API does not"
}

// Quicker makes customers and operators twice as fast.
func (s *Show) Quicker() string {
	return s.pace(func(now float64) float64 { return max(now, min(2*now, quickest)) }, "the quickest there is")
}

// Calmer makes customers and operators half as fast.
func (s *Show) Calmer() string {
	return s.pace(func(now float64) float64 { return min(now, max(now/2, calmest)) }, "the calmest there is")
}

// pace changes the speed to what next makes of it. Two who turn at once turn one after the
// other.
func (s *Show) pace(next func(float64) float64, end string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.box.Speed()
	speed := next(now)
	if speed == now {
		return speedIs(now) + ", " + end
	}
	if err := s.box.SetSpeed(speed); err != nil { // the sandbox was made with a speed beyond all
		return "that cannot be: " + err.Error()
	}
	return speedIs(speed)
}

func speedIs(speed float64) string { return fmt.Sprintf("speed %.3gx", speed) }

// SetFault switches one fault. What passes by itself happens when it is set on.
func (s *Show) SetFault(name string, on bool) string {
	fault := sandbox.Fault(name)
	if err := s.box.Set(fault, on); err != nil {
		return "that cannot be: " + err.Error()
	}
	switch {
	case fault.Momentary() && on:
		return name + ": done"
	case fault.Momentary():
		return name + " passes by itself"
	case on:
		return "fault: " + name
	}
	return "fault over: " + name
}

// FaultsOn lists the faults that are on, by name.
func (s *Show) FaultsOn() []string {
	var names []string
	for _, fault := range s.box.FaultsOn() {
		names = append(names, string(fault))
	}
	return names
}
