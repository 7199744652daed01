package main

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// killed ends the program that begin started as a power cut would: nothing is said goodbye
// to.
func (s *stage) killed(ts *testscript.TestScript, _ []string) {
	ts.Check(s.program.Process.Kill())
	_ = s.program.Wait()
}

// second runs one more program beside the one that begin started.
func (s *stage) second(ts *testscript.TestScript, args []string) {
	first := s.program
	defer func() { s.program = first }()
	s.runs(ts, args)
}

// modes checks that nobody else can read a journal, nor what lies beside it.
func (s *stage) modes(ts *testscript.TestScript, args []string) {
	for _, end := range []string{"", ".lock"} {
		info, err := os.Stat(ts.MkAbs(args[0]) + end)
		ts.Check(err)
		if info.Mode().Perm() != 0o600 {
			ts.Fatalf("%s has mode %v", info.Name(), info.Mode())
		}
	}
}
