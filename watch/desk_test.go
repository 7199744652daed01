package watch

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// desk is a fleet with a Dollr and a channel that the test plays itself. It must be made
// inside a synctest bubble, where time passes only when everybody waits.
type desk struct {
	*testing.T
	fleet *Fleet
	born  time.Time

	mu     sync.Mutex
	status string        // what the API says; "401", "404", "422", "429", "500", "offline", "panic" and "another's" are mishaps
	skew   time.Duration // how far the wall has jumped
	reads  []time.Duration
	line   *Line // the newest channel
	opened int
	left   int
	said   []Snapshot
	noKeys *Fault
	slow   time.Duration // how long the API takes to answer
}

// within runs a person's session at a desk.
func within(t *testing.T, c Config, session func(*desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{T: t, status: StatusProcessing, born: time.Now()}
		c.API, c.Tell, c.Listen = d, d.hear, d.listen
		c.Wall = func() time.Time { return time.Now().Round(0).Add(d.jumped()) }
		d.fleet = New(c)
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() { defer close(over); _ = d.fleet.Run(ctx) }()
		session(d)
		cancel()
		<-over
	})
}

func (d *desk) listen(_ Payment, l Line) func() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.line, d.opened = &l, d.opened+1
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.left++
	}
}

func (d *desk) hear(s Snapshot) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.said); n > 0 && s.ID() == d.said[n-1].ID() && s.Rev != d.said[n-1].Rev+1 && s.Rev < d.said[n-1].Rev+revLost {
		d.Errorf("Rev went from %d to %d", d.said[n-1].Rev, s.Rev)
	}
	d.said = append(d.said, s)
}

func (d *desk) jumped() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.skew
}

// think takes as long as the API takes to answer.
func (d *desk) think() {
	d.mu.Lock()
	slow := d.slow
	d.mu.Unlock()
	if slow > 0 {
		time.Sleep(slow)
	}
}

func (d *desk) answer(ctx context.Context, a Answer) (Answer, error) {
	d.think()
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.reads = append(d.reads, now.Sub(d.born))
	a.At, a.Code = now.Round(0).Add(d.skew), 200
	switch d.status {
	case "unreadable":
		return Answer{}, &Fault{Kind: FaultDown, Code: 200, Unreadable: true, Text: "it has two statuses"}
	case "404":
		return Answer{At: a.At, Code: 404}, nil
	case "422":
		return Answer{At: a.At, Code: 422, Detail: "reference_id: not a UUID"}, nil
	case "hang":
		d.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second): // the client's limit
		}
		d.mu.Lock()
		return Answer{}, &Fault{Kind: FaultOffline, Text: "timed out after 10s"}
	case "401":
		return Answer{}, &Fault{Kind: FaultLogin, Code: 401, Text: "unknown client"}
	case "403":
		return Answer{}, &Fault{Kind: FaultGated, Code: 403, Text: "not verified"}
	case "429":
		return Answer{}, &Fault{Kind: FaultThrottled, Code: 429, RetryAfter: 14 * time.Second, Text: "429"}
	case "500":
		return Answer{}, &Fault{Kind: FaultDown, Code: 500, Text: "Dollr answered 500"}
	case "offline":
		return Answer{}, &Fault{Kind: FaultOffline, Text: "connection refused"}
	case "panic":
		panic("a bug, on purpose")
	case "another's":
		a.Reference, a.Status = "00000000-0000-4000-8000-000000000000", StatusCompleted
		return a, nil
	}
	a.Status = d.status
	return a, nil
}

// Collection, Source and RealtimeKey make the desk an API.
func (d *desk) Collection(ctx context.Context, reference string) (Answer, error) {
	return d.answer(ctx, Answer{Reference: reference, Operation: "COLLECTION"})
}

func (d *desk) Source(ctx context.Context, sourceType string, id int64) (Answer, error) {
	return d.answer(ctx, Answer{SourceType: sourceType, SourceID: id})
}

func (d *desk) RealtimeKey(context.Context, int64, string, string) (Key, error) {
	d.think()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noKeys != nil {
		return Key{}, d.noKeys
	}
	return Key{Text: "k", Expires: time.Now().Add(5 * time.Minute)}, nil
}

// keys makes every realtime key be refused from now on.
func (d *desk) keys(refused *Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.noKeys = refused
}

// token asks for a key as the channel would.
func (d *desk) token() (Key, error) {
	d.mu.Lock()
	line := d.line
	d.mu.Unlock()
	return line.Token(d.Context())
}

// says sets what the API answers from now on.
func (d *desk) says(status string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status = status
}

// takes sets how long the API takes to answer from now on.
func (d *desk) takes(t time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slow = t
}

// hand hands over a payment that can have a channel.
func (d *desk) hand(change ...func(*Payment)) {
	d.Helper()
	p := Payment{Session: 55, Reference: ref, SourceType: "ORDER", SourceID: 101}
	for _, c := range change {
		c(&p)
	}
	if _, err := d.fleet.Add(p); err != nil {
		d.Fatal(err)
	}
	synctest.Wait()
}

// pass lets time pass until everybody waits again.
func (d *desk) pass(t time.Duration) {
	time.Sleep(t)
	synctest.Wait()
}

// tells plays the channel.
func (d *desk) tells(n Notice) {
	d.Helper()
	d.mu.Lock()
	line := d.line
	d.mu.Unlock()
	if line == nil {
		d.Fatal("no channel was opened")
	}
	line.Hear(n)
	synctest.Wait()
}

func row(status string) Notice {
	return Notice{Kind: Changed, Row: Row{Columns: map[string]jsontext.Value{
		"reference_id": jsontext.Value(fmt.Sprintf("%q", ref)),
		"status":       jsontext.Value(fmt.Sprintf("%q", status)),
	}}}
}

// asked is how often the API was asked.
func (d *desk) asked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.reads)
}

// told is how many Snapshots were told.
func (d *desk) told() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.said)
}

// channels is how many channels were opened, and how many of them left.
func (d *desk) channels() (opened, left int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.opened, d.left
}

// wantChannels checks how many channels were opened, and how many of them left.
func (d *desk) wantChannels(opened, left int) {
	d.Helper()
	if o, l := d.channels(); o != opened || l != left {
		d.Fatalf("%d channels opened and %d left; want %d and %d", o, l, opened, left)
	}
}

// wanted asks as the channel would.
func (d *desk) wanted(in time.Duration) bool {
	d.mu.Lock()
	line := d.line
	d.mu.Unlock()
	return line.Wanted(in)
}

// last is the newest Snapshot.
func (d *desk) last() Snapshot {
	d.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.said) == 0 {
		d.Fatal("nothing was told")
	}
	return d.said[len(d.said)-1]
}

// want checks what the row says now.
func (d *desk) want(v Verdict, l Link) {
	d.Helper()
	if s := d.last(); s.Verdict != v || s.Link != l {
		d.Fatalf("after %v: %v by %v (reason %d, trouble %q); want %v by %v",
			time.Since(d.born), s.Verdict, s.Link, s.Reason, s.Trouble, v, l)
	}
}

// jump sets the clock, or suspends the machine, by so much.
func (d *desk) jump(by time.Duration) {
	d.mu.Lock()
	d.skew += by
	d.mu.Unlock()
	d.pass(2 * sec) // the fleet looks once a second
}

// wantReads checks when the API was asked, to a tenth of a second.
func (d *desk) wantReads(want ...float64) {
	d.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	same := len(want) == len(d.reads)
	for i := 0; same && i < len(want); i++ {
		off := d.reads[i].Seconds() - want[i]
		same = off < 0.1 && off > -0.1
	}
	if !same {
		d.Fatalf("asked at %v; want %v", d.reads, want)
	}
}
