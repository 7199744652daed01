//go:build !unix

package ui

// stoppable is false: there is no job control.
func stoppable() bool { return false }

func stopProcess() bool { return false }

// stops would be signals, of which there are none.
type stops struct{}

func watchStops(_, _ func()) *stops { return &stops{} }

func (s *stops) listen() {}
func (s *stops) deaf()   {}
func (s *stops) close()  {}
