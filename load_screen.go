package main

import (
	"tillwatch/ui"
	"tillwatch/watch/load"
)

// onScreen gives the board what it needs to show and steer the run.
func (s *shift) onScreen() {
	screen := &ui.Load{
		Report: func() load.Report { return s.run.Report() }, Steer: func(to load.Steering) string { return s.run.Steer(to) },
		Export: s.export, Note: s.where(), Retry: func() { s.fleet.Retry() },
	}
	if s.hands != nil {
		screen.Faults, screen.SetFault = s.hands.all, s.hands.set
	}
	s.board.Load = screen
}

// where is one line on whose money it is and where.
func (s *shift) where() string {
	switch {
	case s.asked.Apart:
		return "sandbox in a process of its own; this run touches no real money"
	case s.asked.Own:
		return "sandbox inside this program; this run touches no real money"
	case s.hands != nil:
		return "sandbox at " + s.asked.BaseURL + "; this run touches no real money"
	}
	return "at " + s.asked.BaseURL + ", an environment of yours; Dollr's live API is refused"
}
