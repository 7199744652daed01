package sandbox

import (
	"testing"
	"time"
)

// A measure of a watcher begins with the write: what the server keeps back before it is not
// the watcher's.
func TestTruth_SaysWhenASocketWasTold(t *testing.T) {
	tell(t, Options{Seed: 1}, func(t *testing.T, m *merchant) {
		in, ear := m.listening("no-prompt", "clean")
		silent, _ := m.listening("no-prompt", "silent")
		time.Sleep(time.Minute + 100*time.Millisecond) // between two polls
		if err := m.s.Decide(in.ReferenceID, Approve); err != nil {
			t.Fatal(err)
		}
		if tr := m.s.Truth()[0]; !tr.Written.IsZero() {
			t.Errorf("it is said to be written at %v, and nobody has polled the change", tr.Written)
		}
		time.Sleep(time.Second)
		tr := m.s.Truth()[0]
		if wait := tr.Written.Sub(tr.Committed); wait <= 0 || wait > 500*time.Millisecond {
			t.Errorf("it was written %v after the commit, the channel said %s", wait, ear.words())
		}
		if tr := m.s.Truth()[1]; tr.Reference != silent.ReferenceID || !tr.Written.IsZero() {
			t.Errorf("a silent channel was told: %+v", tr)
		}
	})
}
