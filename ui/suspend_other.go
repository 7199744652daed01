//go:build !unix

package ui

// stoppable returns false, because there is no job control.
func stoppable() bool { return false }

func stopProcess() bool { return false }

// stops does nothing here, because there are no such signals.
type stops struct{}

func watchStops(_, _ func()) *stops { return &stops{} }

func (s *stops) listen() {}
func (s *stops) deaf()   {}
func (s *stops) close()  {}
