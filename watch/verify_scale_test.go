//go:build scale

package watch_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tillwatch/sandbox"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/intake"
	"tillwatch/watch/realtime"
	"tillwatch/watch/wire"
)

// A thousand payments in flight at 50 reads a second, clean links, ends spread over 40 s: how
// long it takes from the hint to the verdict, next to payments in trouble. The sandbox, the
// API client and the channels are the real ones, over TCP; the fleet is in the test's process.
//
// It asserts verdicts, and that the reads never exceed the rate and its burst. How long it
// takes is printed; in virtual time the same is asserted by the tests of thousand_test.go.
//
//	go test -tags scale -run Scale_Verify -parallel 1 -v ./watch   # one after the other, 6 min
func TestScale_VerifyFollowsTheHint(t *testing.T) {
	for name, others := range map[string]troubled{
		"alone":               {},
		"60 that always fail": {fail: 60},
		"100 that hang":       {hang: 100},
		"500 hints that lie":  {lie: 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verifyScale(t, others)
		})
	}
}

// troubled is how many other payments are in which trouble.
type troubled struct{ fail, hang, lie int }

const (
	verifyRate  = 50
	verifyBurst = 50
	verifySpan  = 40 * time.Second
)

// verifying is one run.
type verifying struct {
	*testing.T
	box   *sandbox.Server
	fleet *watch.Fleet

	mu     sync.Mutex
	ill    map[string]string // what happens to reads, by reference
	reads  []time.Time       // when they were begun
	hinted map[watch.ID]time.Time
	took   map[watch.ID]time.Duration // from the hint to the verdict
	paid   map[watch.ID]bool
	read   map[watch.ID]bool // an answer has come
}

func verifyScale(t *testing.T, others troubled) {
	v := &verifying{
		T: t, ill: map[string]string{}, hinted: map[watch.ID]time.Time{},
		took: map[watch.ID]time.Duration{}, paid: map[watch.ID]bool{}, read: map[watch.ID]bool{},
	}
	v.open()
	honest := v.hand(1000, "")
	liars := v.hand(others.lie, "")
	v.hand(others.fail, "fail")
	v.hand(others.hang, "hang")
	ready := time.Now()
	for v.fleet.Health().Ready < len(honest) && time.Since(ready) < 40*time.Second {
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(time.Until(ready.Add(25 * time.Second))) // until each has had its first read
	begun := time.Now()
	lies := time.AfterFunc(0, func() {
		for i, reference := range liars {
			time.Sleep(time.Until(begun.Add(verifySpan * time.Duration(i) / time.Duration(len(liars)))))
			if err := v.box.Say(reference, "", watch.StatusCompleted); err != nil {
				t.Error(err)
			}
		}
	})
	defer lies.Stop()
	for i, reference := range honest {
		time.Sleep(time.Until(begun.Add(verifySpan * time.Duration(i) / time.Duration(len(honest)))))
		if err := v.box.Say(reference, watch.StatusCompleted, watch.StatusCompleted); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(10 * time.Second)
	v.judge(honest, liars)
}

// open builds the parts, until the test ends.
func (v *verifying) open() {
	v.box = sandbox.New(sandbox.Options{
		Seed: 7, Limits: sandbox.LimitsNone, Poll: 10 * time.Millisecond, KeyLife: 15 * time.Minute,
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		v.Fatal(err)
	}
	handler := v.box.Handler()
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { v.serve(handler, w, r) })}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	env := map[string]string{}
	for _, pair := range v.box.Env("http://" + listener.Addr().String()) {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	api, err := dollr.New(dollr.Config{BaseURL: env["DOLLR_BASE_URL"], ClientID: env["DOLLR_CLIENT_ID"], ClientSecret: env["DOLLR_CLIENT_SECRET"]})
	if err != nil {
		v.Fatal(err)
	}
	client := realtime.New(realtime.Config{URL: env["SUPABASE_URL"], APIKey: env["SUPABASE_ANON_KEY"], JoinsPerSecond: 1000})
	v.fleet = watch.New(watch.Config{
		API: timed{api, v}, Listen: wire.Listen(client), Tell: v.tell, Note: v.note, Window: watch.WindowUntilFinal,
		StatusRate: verifyRate, KeyRate: 1000, Outlook: wire.Outlook(client, time.Now),
	})
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { defer close(over); _ = v.fleet.Run(ctx) }()
	v.Cleanup(func() {
		cancel()
		<-over
		client.Close()
		api.Close()
		_ = server.Close()
		v.box.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			v.Error(err)
		}
	})
}

// timed notes when a read is begun.
type timed struct {
	watch.API
	v *verifying
}

func (a timed) Collection(ctx context.Context, reference string) (watch.Answer, error) {
	a.v.mu.Lock()
	a.v.reads = append(a.v.reads, time.Now())
	a.v.mu.Unlock()
	return a.API.Collection(ctx, reference)
}

// serve is the sandbox, but for the payments that are in trouble.
func (v *verifying) serve(sandbox http.Handler, w http.ResponseWriter, r *http.Request) {
	reference, status := strings.CutPrefix(r.URL.Path, "/v1/status/collection/")
	v.mu.Lock()
	ill := v.ill[reference]
	v.mu.Unlock()
	switch {
	case status && ill == "fail":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
	case status && ill == "hang":
		<-r.Context().Done()
	default:
		sandbox.ServeHTTP(w, r)
	}
}

// hand starts payments and hands them over.
func (v *verifying) hand(n int, ill string) (references []string) {
	v.Helper()
	for range n {
		line, err := v.box.Start(sandbox.Order{Scenario: "stuck", Link: "clean"})
		if err != nil {
			v.Fatal(err)
		}
		text, err := json.Marshal(line)
		if err != nil {
			v.Fatal(err)
		}
		p, err := intake.Line(text)
		if err != nil {
			v.Fatal(err)
		}
		v.mu.Lock()
		v.ill[line.ReferenceID] = ill
		v.mu.Unlock()
		if _, err := v.fleet.Add(p); err != nil {
			v.Fatal(err)
		}
		references = append(references, line.ReferenceID)
	}
	return references
}

func (v *verifying) note(e watch.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if e.Kind == watch.EventHint && e.Word == watch.StatusCompleted && v.hinted[e.ID].IsZero() {
		v.hinted[e.ID] = time.Now()
	}
}

func (v *verifying) tell(s watch.Snapshot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	id := s.ID()
	v.read[id] = v.read[id] || !s.HeardAt().IsZero()
	if s.Verdict == watch.Paid && !v.paid[id] {
		v.paid[id] = true
		if at := v.hinted[id]; !at.IsZero() {
			v.took[id] = time.Since(at)
		}
	}
}

// judge checks the verdicts and the rate, and prints the times.
func (v *verifying) judge(honest, liars []string) {
	v.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	var took []time.Duration
	for _, reference := range honest {
		id := watch.Payment{Reference: reference}.ID()
		if !v.paid[id] {
			v.Errorf("%s is not PAID", reference)
		}
		if d, hinted := v.took[id]; hinted {
			took = append(took, d)
		}
	}
	for _, reference := range liars {
		if id := (watch.Payment{Reference: reference}).ID(); v.paid[id] || !v.read[id] {
			v.Errorf("%s, whose channel lies: PAID %t, ever answered %t", reference, v.paid[id], v.read[id])
		}
	}
	if len(took) < len(honest)*9/10 {
		v.Fatalf("only %d of %d had a hint before their verdict", len(took), len(honest))
	}
	slices.Sort(took)
	rank := func(p float64) time.Duration {
		return took[max(int(math.Ceil(p/100*float64(len(took))))-1, 0)].Round(100 * time.Microsecond)
	}
	// A read is noted a little after it was allowed: a machine that stands still for a while
	// makes some of them look as if they came at once.
	tokens, worst := float64(verifyBurst), 0.0
	for i, at := range v.reads {
		if i > 0 {
			tokens = min(verifyBurst, tokens+verifyRate*at.Sub(v.reads[i-1]).Seconds())
		}
		tokens--
		worst = max(worst, -tokens)
	}
	if worst > verifyRate {
		v.Errorf("in some stretch %.0f reads more than the rate and its burst were made", worst)
	}
	v.Logf("hint to verdict, n %d: p50 %v, p90 %v, p99 %v, max %v; %d reads, at most %.1f more than the rate and its burst by this test's clock",
		len(took), rank(50), rank(90), rank(99), rank(100), len(v.reads), max(worst, 0))
}
