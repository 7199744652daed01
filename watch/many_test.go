package watch

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// many is a fleet of many payments. The test plays Dollr and the channels, for each payment
// in its own way. It must be made inside a synctest bubble, so its times are exact.
type many struct {
	*testing.T
	fleet *Fleet
	born  time.Time
	rate  float64

	mu     sync.Mutex
	plays  map[ID]*play
	reads  []readAt
	health []Health // looked at each half second
}

// play is one payment as the test plays it.
type play struct {
	id       ID
	status   string // what the API says
	does     string // what happens to its reads: "" answered, "500", "401", "403", "400", "429", "hang", "reset", "panic", "slow"
	line     *Line  // its channel; nil: it has none
	said     []Snapshot
	fact     time.Time     // from when the API says its end
	hinted   time.Time     // when its channel said so
	verdict  time.Time     // when we said so
	reads    int           // made so far
	answered int           // of them
	longest  time.Duration // from one answer to the next
	last     time.Time
}

type readAt struct {
	id ID
	at time.Time
}

const answersIn = 50 * time.Millisecond

// withMany runs a session with a fleet at so many reads a second.
func withMany(t *testing.T, rate float64, c Config, session func(*many)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := &many{T: t, born: time.Now(), rate: rate, plays: map[ID]*play{}}
		c.API, c.Tell, c.Listen, c.StatusRate, c.KeyRate = m, m.hear, m.listen, rate, 1000
		m.fleet = New(c)
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() { defer close(over); _ = m.fleet.Run(ctx) }()
		go func() {
			for ctx.Err() == nil {
				h := m.fleet.Health()
				m.mu.Lock()
				m.health = append(m.health, h)
				m.mu.Unlock()
				time.Sleep(500 * time.Millisecond)
			}
		}()
		defer func() {
			cancel()
			<-over
			time.Sleep(time.Minute) // those who hang or look have their end
			m.judgeRate()
		}()
		session(m)
	})
}

// hand hands n payments over, which do the same. With live each has a channel that is ready soon.
func (m *many) hand(n int, does string, live bool) []*play {
	m.Helper()
	var all []*play
	for range n {
		m.mu.Lock()
		number := len(m.plays)
		p := Payment{Reference: fmt.Sprintf("%08d-0000-4000-8000-000000000000", number)}
		if live {
			p.Session, p.SourceType, p.SourceID = int64(number+1), "ORDER", int64(number+1)
		}
		it := &play{id: p.ID(), status: StatusProcessing, does: does}
		m.plays[it.id] = it
		m.mu.Unlock()
		all = append(all, it)
		if _, err := m.fleet.Add(p); err != nil {
			m.Fatal(err)
		}
	}
	return all
}

func (m *many) listen(p Payment, l Line) func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.plays[p.ID()].line = &l
	time.AfterFunc(200*time.Millisecond, func() { l.Hear(Notice{Kind: Ready}) })
	return func() {}
}

func (m *many) hear(s Snapshot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	it := m.plays[s.ID()]
	it.said = append(it.said, s)
	if it.verdict.IsZero() && (s.Verdict == Paid || s.Verdict == NotPaid) {
		it.verdict = time.Now()
	}
}

// Collection, Source and RealtimeKey make it an API.
func (m *many) Collection(ctx context.Context, reference string) (Answer, error) {
	m.mu.Lock()
	it := m.plays[Payment{Reference: reference}.ID()]
	m.reads = append(m.reads, readAt{it.id, time.Now()})
	it.reads++
	does := it.does
	m.mu.Unlock()
	switch does {
	case "hang":
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second):
		}
		return Answer{}, &Fault{Kind: FaultOffline, Text: "timed out after 10s"}
	case "slow":
		select {
		case <-ctx.Done():
			return Answer{}, &Fault{Kind: FaultOffline, Text: "given up"}
		case <-time.After(5 * time.Second):
		}
	default:
		time.Sleep(answersIn)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch does {
	case "500":
		return Answer{}, &Fault{Kind: FaultDown, Code: 500, Text: "Dollr answered 500"}
	case "400":
		return Answer{}, &Fault{Kind: FaultRejected, Code: 400, Text: "Dollr refuses the request (400)"}
	case "401":
		return Answer{}, &Fault{Kind: FaultLogin, Code: 401, Text: "Dollr refuses the credentials (401)"}
	case "403":
		return Answer{}, &Fault{Kind: FaultGated, Code: 403, Text: "Dollr does not allow this (403)"}
	case "429":
		return Answer{}, &Fault{Kind: FaultThrottled, Code: 429, RetryAfter: 24 * time.Hour, Text: "429"}
	case "429 alone":
		return Answer{}, &Fault{Kind: FaultThrottled, Code: 429, Text: "429"}
	case "reset":
		return Answer{}, &Fault{Kind: FaultOffline, Text: "connection reset"}
	case "panic":
		panic("a bug, on purpose")
	}
	now := time.Now()
	if it.answered++; it.answered > 1 {
		it.longest = max(it.longest, now.Sub(it.last))
	}
	it.last = now
	return Answer{At: now.Round(0), Code: 200, Reference: reference, Status: it.status}, nil
}

func (m *many) Source(context.Context, string, int64) (Answer, error) {
	return Answer{}, &Fault{Kind: FaultRejected, Code: 404, Text: "none"}
}

func (m *many) RealtimeKey(context.Context, int64, string, string) (Key, error) {
	return Key{Text: "k", Expires: time.Now().Add(5 * time.Minute)}, nil
}

// does changes what happens to the reads of payments from now on.
func (m *many) does(all []*play, what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, it := range all {
		it.does = what
	}
}

// end completes a payment, of which its channel tells if it has one.
func (m *many) end(it *play) {
	m.mu.Lock()
	it.status, it.fact = StatusCompleted, time.Now()
	m.mu.Unlock()
	m.claim(it, StatusCompleted)
}

// claim has the channel claim an end, whatever the API says.
func (m *many) claim(it *play, status string) {
	m.mu.Lock()
	line := it.line
	if line != nil {
		it.hinted = time.Now()
	}
	m.mu.Unlock()
	if line == nil {
		return
	}
	line.Hear(Notice{Kind: Changed, Row: Row{Columns: map[string]jsontext.Value{"status": jsontext.Value(fmt.Sprintf("%q", status))}}})
}

// endOver completes payments one after the other within a time.
func (m *many) endOver(all []*play, within time.Duration) {
	for _, it := range all {
		m.end(it)
		time.Sleep(within / time.Duration(len(all)))
	}
}

// of is a payment's play as it is now.
func (m *many) of(it *play) play {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := *it
	now.said = slices.Clone(it.said)
	return now
}

// took is how long after their ends the payments had a verdict, shortest first.
func (m *many) took(all []*play) []time.Duration {
	m.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	var took []time.Duration
	for _, it := range all {
		if it.verdict.IsZero() {
			m.Errorf("%s has ended %v ago and has no verdict after %d reads, %d of them answered", it.id, time.Since(it.fact), it.reads, it.answered)
			continue
		}
		took = append(took, it.verdict.Sub(it.fact))
	}
	slices.Sort(took)
	return took
}

// p99 is a percentile by nearest rank of sorted durations.
func p99(sorted []time.Duration) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(math.Ceil(0.99*float64(len(sorted))))-1]
}

// judgeRate holds the reads of the whole session to the rate and its burst.
func (m *many) judgeRate() {
	m.Helper()
	tokens, before := float64(burst), m.born
	for i, r := range m.reads {
		tokens = min(burst, tokens+m.rate*r.at.Sub(before).Seconds()) - 1
		if before = r.at; tokens < -0.01 {
			m.Fatalf("read %d at %v is over the rate", i, r.at.Sub(m.born))
		}
	}
}

// fine checks that no banner was shown as long as one of those payments was watched, and that
// none of them was ever CHECK or failing.
func (m *many) fine(all []*play) {
	m.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	last := time.Duration(math.MaxInt64)
	if len(all) > 0 && !slices.ContainsFunc(all, func(it *play) bool { return it.verdict.IsZero() }) {
		last = slices.MaxFunc(all, func(a, b *play) int { return a.verdict.Compare(b.verdict) }).verdict.Sub(m.born)
	}
	for i, h := range m.health {
		if at := time.Duration(i) * 500 * time.Millisecond; at < last && h.Trouble != NoTrouble {
			m.Errorf("after %v the banner says %v (%q)", at, h.Trouble, h.Text)
			break
		}
	}
	for _, it := range all {
		for _, s := range it.said {
			if s.Verdict == Check || s.Failing() {
				m.Errorf("%s was %v, trouble %q", it.id, s.Verdict, s.Trouble)
				break
			}
		}
	}
}

// commit has the channel tell that the payment goes on, so long after it was committed.
func (m *many) commit(it *play, lag time.Duration) {
	m.of(it).line.Hear(Notice{Kind: Changed, Row: Row{
		Commit:  m.fleet.wall().Add(-lag),
		Columns: map[string]jsontext.Value{"status": jsontext.Value(`"PROCESSING"`)},
	}})
}
