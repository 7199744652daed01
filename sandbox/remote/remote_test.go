package remote

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tillwatch/sandbox"
)

// open serves a sandbox over TCP and directs it until the test ends.
func open(t *testing.T) (*sandbox.Server, *Client) {
	t.Helper()
	box := sandbox.New(sandbox.Options{Seed: 5, Speed: 100})
	listener, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- box.Serve(serving, listener) }()
	c, err := New("http://" + listener.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		box.Close()
	})
	return box, c
}

func TestClient_SwitchesFaultsAndSeesThem(t *testing.T) {
	box, c := open(t)
	on, err := c.Set(t.Context(), sandbox.Hang, true) // control calls are answered all the same
	if err != nil || !slices.Equal(on, []sandbox.Fault{sandbox.Hang}) || !slices.Equal(box.FaultsOn(), on) {
		t.Errorf("on are %v, %v", on, err)
	}
	if on, err = c.FaultsOn(t.Context()); err != nil || !slices.Equal(on, []sandbox.Fault{sandbox.Hang}) {
		t.Errorf("on are %v, %v", on, err)
	}
	if on, err = c.Set(t.Context(), sandbox.Hang, false); err != nil || len(on) != 0 || len(box.FaultsOn()) != 0 {
		t.Errorf("on are %v, %v", on, err)
	}
	if _, err = c.Set(t.Context(), "flood", true); err == nil || !strings.HasPrefix(err.Error(), `the sandbox refuses: unknown fault "flood"; known are throttle, `) {
		t.Errorf("an unknown fault is %v", err)
	}
}

// told is all that a sandbox says of its payments.
func told(t *testing.T, c *Client) ([]sandbox.Truth, error) {
	var all []sandbox.Truth
	err := c.Truth(t.Context(), 0, func(one sandbox.Truth) { all = append(all, one) })
	return all, err
}

func TestClient_ReadsStateAndTruth(t *testing.T) {
	box, c := open(t)
	for _, scenario := range []string{"paid", "hosted-paid", "stuck"} {
		if _, err := box.Start(sandbox.Order{Scenario: scenario}); err != nil {
			t.Fatal(err)
		}
	}
	state, err := c.State(t.Context())
	if err != nil || state.Seed != 5 || state.Speed != 100 || state.Payments != 3 {
		t.Errorf("state %+v, %v", state, err)
	}
	truth, err := told(t, c)
	if want := box.Truth(); err != nil || len(truth) != 3 || truth[0].Reference != want[0].Reference || truth[1].SourceID != want[1].SourceID || truth[2].Scenario != "stuck" {
		t.Errorf("truth %+v, %v", truth, err)
	}
}

func TestClient_ManyPaymentsAreAllTold(t *testing.T) {
	box, c := open(t)
	for range 10_000 {
		if _, err := box.Start(sandbox.Order{Scenario: "stuck"}); err != nil {
			t.Fatal(err)
		}
	}
	if truth, err := told(t, c); err != nil || len(truth) != 10_000 {
		t.Errorf("%d payments, %v", len(truth), err)
	}
}

func TestClient_DirectsThisMachineAlone(t *testing.T) {
	for _, base := range []string{"https://api.heydollr.app", "http://shop.example", "http://127.0.0.1.example:80", "http://10.0.0.1", "https://127.0.0.1:1",
		"http://shop@127.0.0.1:1", "", "://"} {
		if _, err := New(base); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", base, err)
		}
	}
	c, err := New("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	c.base = "http://192.0.2.1:80" // a name that means another machine
	if _, err := c.State(t.Context()); err == nil || !strings.HasSuffix(err.Error(), "it is not on this machine") {
		t.Errorf("another machine: %v", err)
	}
}

func TestClient_SomethingElseIsNoSandbox(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	defer other.Close()
	c, err := New(other.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := told(t, c); err == nil || err.Error() != "directing the sandbox: what answers is none" {
		t.Errorf("it is %v", err)
	}
	gone, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if _, err := c.State(gone); err == nil || err.Error() != "directing the sandbox: it does not answer" {
		t.Errorf("it is %v", err)
	}
}

// What only says that it is a sandbox can say anything else too.
func TestClient_WordsOfAnotherDoNoHarm(t *testing.T) {
	said, status := "", http.StatusBadRequest
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(sandbox.Header, "1")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(said))
	}))
	defer other.Close()
	c, err := New(other.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	said = `{"error":"no\u001b[2J\nPAID\u009b1m"}`
	if _, err := c.Set(t.Context(), sandbox.Hang, true); err == nil || err.Error() != `the sandbox refuses: "no\x1b[2J\nPAID\u009b1m"` {
		t.Errorf("it is %v", err)
	}
	status = http.StatusOK
	for _, said = range []string{
		`null`, `[]`, `"hang"`, `{"faults":["a"],"faults":["b"]}`, `{"faults":"hang"}`, `{"statuses":{"PAID":1,"PAID":2}}`, `{"payments":"3"}`, `{"payments":1e3}`,
		`{"payments":99999999999999999999}`, `{}{}`, `{"x":[{"a":1,"a":1}]}`,
	} {
		if s, err := c.State(t.Context()); err == nil || err.Error() != "reading what the sandbox says: it is not what a sandbox says" {
			t.Errorf("%s is taken for %+v (%v)", said, s, err)
		}
	}
	said, status = `{"faults":["`+strings.Repeat("x", stateLimit)+`"]}`, http.StatusOK
	if on, err := c.FaultsOn(t.Context()); err == nil {
		t.Errorf("a fault of %d letters is taken", len(on[0]))
	}
}
