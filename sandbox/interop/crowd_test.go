//go:build interop

package interop

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"tillwatch/sandbox"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/realtime"
	"tillwatch/watch/wire"
)

// The same payments, the same server, two clients: what the official one hears at last is
// what ours hears, and what the status API then says.
func TestCrowd_BothClientsHearTheSameEnd(t *testing.T) {
	const payments = 20
	b := open(t, sandbox.Options{Seed: 1})
	var handed []sandbox.Intake
	for range payments {
		in, err := b.Start(sandbox.Order{Scenario: "no-prompt"}) // nothing ends before it is decided
		if err != nil {
			t.Fatal(err)
		}
		handed = append(handed, in)
	}
	ours := b.watch(t, handed)
	theirs := b.start(t, "crowd.mjs", map[string]any{"payments": handed})
	theirs.subscribed(payments)
	ours.until(func(s watch.Snapshot) bool { return s.Link == watch.Live })

	want := map[string]string{}
	for i, in := range handed {
		outcome, end := sandbox.Approve, "COMPLETED"
		if i%3 == 0 {
			outcome, end = sandbox.Decline, "FAILED"
		}
		if err := b.Decide(in.ReferenceID, outcome); err != nil {
			t.Fatal(err)
		}
		want[in.ReferenceID] = end
	}
	heard := theirs.ends()
	ours.until(func(s watch.Snapshot) bool { return s.Verdict == watch.Paid || s.Verdict == watch.NotPaid })
	for _, truth := range b.Truth() {
		reference := truth.Reference
		row := ours.last(reference)
		words := []string{truth.Status, heard[reference], row.Hint.Status, row.Status}
		for _, word := range words {
			if word != want[reference] {
				t.Errorf("%s is to be %s; truth, JavaScript, our channel, our answer: %q", reference, want[reference], words)
				break
			}
		}
	}
}

// subscribed waits until the official client has every channel ready. PROCESSING may come
// before or after that.
func (p *program) subscribed(payments int) {
	p.t.Helper()
	for ready := map[string]bool{}; len(ready) < payments; {
		n, ok := p.next()
		if !ok || n.Error != "" || n.System == "error" {
			p.t.Fatalf("with %d of %d channels ready the program says %q", len(ready), payments, n)
		}
		if n.System == "ok" {
			ready[n.Reference] = true
		}
	}
}

// ends reads on until the program ends, and returns the last status of each payment.
func (p *program) ends() map[string]string {
	p.t.Helper()
	last := map[string]string{}
	for {
		n, ok := p.next()
		if !ok {
			return last
		}
		if status, is := n.Row["status"].(string); is {
			last[n.Reference] = status
		}
	}
}

// watchers is our own side: a fleet with the real clients, put together as main does.
type watchers struct {
	t      *testing.T
	handed int

	mu   sync.Mutex
	rows map[watch.ID]watch.Snapshot
	bell chan struct{} // holds at most one ring
}

func (b *box) watch(t *testing.T, handed []sandbox.Intake) *watchers {
	t.Helper()
	w := &watchers{t: t, handed: len(handed), rows: map[watch.ID]watch.Snapshot{}, bell: make(chan struct{}, 1)}
	api, err := dollr.New(dollr.Config{BaseURL: b.env["DOLLR_BASE_URL"],
		ClientID: b.env["DOLLR_CLIENT_ID"], ClientSecret: b.env["DOLLR_CLIENT_SECRET"]})
	if err != nil {
		t.Fatal(err)
	}
	client := realtime.New(realtime.Config{URL: b.env["SUPABASE_URL"], APIKey: b.env["SUPABASE_ANON_KEY"]})
	fleet := watch.New(watch.Config{API: api, Listen: wire.Listen(client), Tell: w.put})
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { defer close(over); _ = fleet.Run(ctx) }()
	t.Cleanup(func() { stop(); <-over; client.Close(); api.Close() })
	for _, in := range handed {
		if _, err := fleet.Add(watch.Payment{Session: in.SessionID, Reference: in.ReferenceID,
			SourceType: in.SourceType, SourceID: in.SourceID}); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *watchers) put(s watch.Snapshot) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rows[s.ID()] = s
	select {
	case w.bell <- struct{}{}:
	default: // it rings already
	}
}

// last is a payment's newest row.
func (w *watchers) last(reference string) watch.Snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rows[watch.ID(strings.ToLower(reference))]
}

// until waits until all rows are so.
func (w *watchers) until(so func(watch.Snapshot) bool) {
	w.t.Helper()
	late := time.After(patience)
	for {
		missing := 0
		w.mu.Lock()
		for _, s := range w.rows {
			if !so(s) {
				missing++
			}
		}
		missing += w.handed - len(w.rows)
		w.mu.Unlock()
		if missing == 0 {
			return
		}
		select {
		case <-w.bell:
		case <-late:
			w.t.Fatalf("%d payments are not so after %v", missing, patience)
		}
	}
}
