// Package show directs a demo: customers arrive at a sandbox by chance or as a script has
// it, and a presenter makes things happen while people look on.
//
// The same seed brings the same customers with the same gaps between them. A Show only starts
// payments and publishes them as a merchant would, line by line. A watcher learns the rest from the
// sandbox as from the real services.
package show

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"tillwatch/sandbox"
)

const (
	opening  = 6   // customers that are there when the show begins
	burst    = 20  // customers of a Burst
	mostRate = 100 // arrivals a second

	mostCustomers = 100 // that a script brings at once
)

// Show is one demo on a sandbox. Make it with [New]; its methods may be called from any
// goroutine, and each returns a few words on what it did.
type Show struct {
	box    *sandbox.Server
	gaps   *rand.Rand // Run's alone
	count  int        // payments started; Run's alone
	unseen []string   // scenarios of the mix that have not been dealt yet; Run's alone

	mu     sync.Mutex
	rate   float64 // arrivals a second
	paused bool
	now    int           // customers to come at once
	lines  [][]byte      // of payments that the presenter has started, to be handed over
	bell   chan struct{} // holds at most one ring: something above has changed
	telling
}

// Options says what a Show is like.
type Options struct {
	// Seed decides who comes when.
	Seed uint64
	// Rate is how many customers arrive a second.
	Rate float64
	// Script, if not nil, is played from the beginning of Run. Then no customers come by chance,
	// whatever Rate says, before the script says so.
	Script *Script
	// Say, if not nil, gets each caption when its time has come, and Trouble what a step of
	// the script could not do, each as one line. They are called from Run's goroutine.
	Say, Trouble func(string)
}

// New makes a show on a sandbox. Customers arrive only during Run.
func New(box *sandbox.Server, opt Options) *Show {
	s := &Show{
		box: box, gaps: rand.New(rand.NewPCG(opt.Seed, 1)), rate: min(opt.Rate, mostRate),
		unseen: sandbox.Mix(), now: opening, bell: make(chan struct{}, 1),
		telling: telling{script: opt.Script, called: map[string]string{}, say: opt.Say, trouble: opt.Trouble},
	}
	if opt.Script != nil {
		s.rate, s.now = 0, 0
	}
	return s
}

// Run lets customers arrive until ctx ends. hand gets each payment's intake line, a JSON
// object; it is called from this goroutine alone. Run may be called once.
func (s *Show) Run(ctx context.Context, hand func(line []byte)) {
	next, step := time.NewTimer(time.Hour), time.NewTimer(time.Hour)
	defer next.Stop()
	defer step.Stop()
	s.mu.Lock()
	s.told, s.since = 0, time.Time{} // the story begins now, whatever was pressed before
	s.wind(!s.paused)
	s.mu.Unlock()
	for ctx.Err() == nil {
		step.Reset(s.tell(hand))
		lines, chance := s.take()
		for _, line := range lines {
			hand(line)
		}
		for range chance {
			hand(s.start())
		}
		next.Reset(s.gap())
		select {
		case <-ctx.Done():
		case <-s.bell:
		case <-step.C:
		case <-next.C:
			hand(s.start())
		}
	}
}

// take gives the lines that are to be handed over at once, and how many customers are to
// come by chance.
func (s *Show) take() (lines [][]byte, chance int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines, chance = s.lines, s.now
	s.lines, s.now = nil, 0
	return lines, chance
}

// gap draws the time to the next arrival. Arrivals of customers who don't know of each
// other have exponential gaps.
func (s *Show) gap() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused || s.rate <= 0 {
		return 24 * time.Hour
	}
	return time.Duration(s.gaps.ExpFloat64() / s.rate * float64(time.Second))
}

// start makes a payment. Every tenth is a hosted checkout; links break as the sandbox
// draws them. Every fourth brings the next scenario of the mix until each has been there:
// by chance alone the rare ones would not come within a demo's first minutes.
func (s *Show) start() []byte {
	s.count++
	order := sandbox.Order{Scenario: sandbox.Mixed, Link: sandbox.Mixed}
	switch {
	case s.count%10 == 0:
		order = sandbox.Order{Hosted: true}
	case s.count%4 == 0 && len(s.unseen) > 0:
		order.Scenario, s.unseen = s.unseen[0], s.unseen[1:]
	}
	taken, err := s.box.Start(order)
	if err != nil {
		panic("show: " + err.Error()) // both orders can always be made
	}
	return lineOf(taken)
}

// lineOf is a payment's intake line.
func lineOf(taken sandbox.Intake) []byte {
	line, err := json.Marshal(taken)
	if err != nil {
		panic("show: " + err.Error()) // numbers and strings
	}
	return line
}

// change changes what decides about arrivals and wakes Run.
func (s *Show) change(do func()) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	select {
	case s.bell <- struct{}{}:
	default: // it rings already
	}
	return s.arrivals()
}

// arrivals is how customers come, in words. The caller holds mu.
func (s *Show) arrivals() string {
	if s.paused {
		if s.rate > 0 {
			return fmt.Sprintf("arrivals paused, then %.3g/s", s.rate)
		}
		return "arrivals paused"
	}
	return fmt.Sprintf("arrivals %.3g/s", s.rate)
}

// Status is the show in one line, e.g. "fault: throttle, arrivals 0.5/s, speed 4x", or
// "script 0:45 of 2:05, speed 4x". The fault stands first, for where there is little room
// only what is before the comma is shown.
func (s *Show) Status() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var parts []string
	if on := s.FaultsOn(); len(on) > 0 {
		parts = append(parts, "fault: "+strings.Join(on, " + "))
	}
	scene := s.scene()
	if scene != "" {
		parts = append(parts, scene)
	}
	if scene == "" || s.rate > 0 && !s.paused { // a script tells who comes
		parts = append(parts, s.arrivals())
	}
	return strings.Join(append(parts, speedIs(s.box.Speed())), ", ")
}

// One lets one customer come now.
func (s *Show) One() string {
	s.change(func() { s.now++ })
	return "one customer more"
}

// Burst lets many customers come at once.
func (s *Show) Burst() string {
	s.change(func() { s.now += burst })
	return fmt.Sprintf("%d customers at once", burst)
}

// Faster doubles the arrivals; from none they become one in four seconds.
func (s *Show) Faster() string {
	return s.change(func() { s.rate = min(max(2*s.rate, 0.25), mostRate) })
}

// Slower halves the arrivals; less than one in eight seconds becomes none.
func (s *Show) Slower() string {
	return s.change(func() {
		if s.rate /= 2; s.rate < 0.125 {
			s.rate = 0
		}
	})
}

// Pause stops the arrivals and the script's clock, or lets them go on. Who is paying
// already goes on paying.
func (s *Show) Pause() string {
	said := s.change(func() {
		s.paused = !s.paused
		s.wind(!s.paused)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if scene := s.scene(); scene != "" {
		return scene
	}
	return said
}
