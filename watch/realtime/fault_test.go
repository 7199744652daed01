package realtime

import (
	"strings"
	"testing"
	"time"
)

func TestClient_TellsOfAPanicInsteadOfEndingTheProgram(t *testing.T) {
	told := make(chan string, 10)
	fault := func(what, stack string) { told <- what + "\n" + stack }
	start(t, Config{Fault: fault}, func(_ *theServer, c *Client) {
		o := &owner{t: t, then: func(n Notice) {
			if n.Kind == Ready {
				panic("key-1 slipped out")
			}
		}}
		o.open(c, "t")
		after(time.Second)
		c.Close() // and no goroutine is left, or the bubble would not end
		text := <-told
		if what, _, _ := strings.Cut(text, "\n"); strings.Contains(what, "key-1") || !strings.Contains(text, "fault_test.go") {
			t.Errorf("it says %q", text)
		}
		if len(told) != 0 {
			t.Error("told more than once")
		}
	})
}
