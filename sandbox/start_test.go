package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

// storyOf plays the same orders for ten minutes and gives what became of them, without the
// times of day.
func storyOf(t *testing.T, opt Options, n int) (all []Truth) {
	tell(t, opt, func(t *testing.T, m *merchant) {
		for i := range n {
			m.start(Order{Scenario: Mixed, Link: Mixed, Hosted: i%10 == 9})
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(10 * time.Minute)
		for _, tr := range m.s.Truth() {
			tr.Since = tr.Since.Round(time.Millisecond)
			tr.At, tr.Committed = time.Time{}, time.Time{}
			all = append(all, tr)
		}
	})
	return all
}

func TestStart_TheSameSeedTellsTheSameTruth(t *testing.T) {
	first, again := storyOf(t, Options{Seed: 11}, 200), storyOf(t, Options{Seed: 11}, 200)
	if !reflect.DeepEqual(first, again) {
		t.Error("the same seed told another story")
	}
	if other := storyOf(t, Options{Seed: 12}, 200); reflect.DeepEqual(first, other) {
		t.Error("another seed told the same story")
	}
	if len(first) != 200 {
		t.Errorf("200 orders made %d payments", len(first))
	}
	for _, tr := range first {
		if running := tr.Scenario == "stuck" || tr.Scenario == "hosted-left"; tr.Final == running {
			t.Errorf("after ten minutes %+v", tr)
		}
	}
}

// Speed is for people, not for protocols: late-paid and link faults keep their seconds.
func TestStart_SpeedDividesPeoplesTimesOnly(t *testing.T) {
	ends := func(opt Options, scenario, link string) (d time.Duration) {
		tell(t, opt, func(t *testing.T, m *merchant) {
			m.start(Order{Scenario: scenario, Link: link})
			time.Sleep(20 * time.Minute)
			d = m.s.Truth()[0].At.Sub(m.s.born)
		})
		return d
	}
	for _, scenario := range []string{"paid", "declined", "lapsed", "new-status"} {
		slow, fast := ends(Options{Seed: 3}, scenario, ""), ends(Options{Seed: 3, Speed: 4}, scenario, "")
		if diff := slow - 4*fast; diff < -time.Millisecond || diff > time.Millisecond {
			t.Errorf("%s took %v, and %v at four times the speed", scenario, slow, fast)
		}
	}
	if d := ends(Options{Speed: 60}, "late-paid", ""); d < 6*time.Minute {
		t.Errorf("late-paid came after %v at speed 60", d)
	}
	// Behind a wrong hint the API takes its 20 s at any speed; the rest is the customer's.
	slow := ends(Options{Seed: 3}, "paid", "wrong-hint") - wrongHint
	fast := ends(Options{Seed: 3, Speed: 4}, "paid", "wrong-hint") - wrongHint
	if diff := slow - 4*fast; diff < -time.Millisecond || diff > time.Millisecond {
		t.Errorf("the customer's part of a wrong hint took %v, and %v at four times the speed", slow, fast)
	}
}

func TestStart_TenThousandPaymentsNeedNoGoroutineEach(t *testing.T) {
	tell(t, Options{Seed: 1, Limits: LimitsNone}, func(t *testing.T, m *merchant) {
		const n = 10_000
		before := m.s.State().Goroutines
		references := map[string]bool{}
		for range n {
			references[m.start(Order{Scenario: "paid"}).ReferenceID] = true
		}
		if grown := m.s.State().Goroutines - before; grown > 2 {
			t.Errorf("%d payments brought %d goroutines", n, grown)
		}
		if len(references) != n {
			t.Errorf("%d references for %d payments", len(references), n)
		}
		time.Sleep(5 * time.Minute)
		if st := m.s.State(); st.Statuses["COMPLETED"] != n || st.Running != 0 {
			t.Errorf("they ended as %v, %d still running", st.Statuses, st.Running)
		}
		if changes := m.s.State().Realtime.Changes; changes != 3*n {
			t.Errorf("%d rows were committed for %d payments", changes, n)
		}
	})
}

// Whatever two menus offer together can be ordered, and Check says beforehand what Start
// would say.
func TestStart_TakesEveryChoiceOfTheMenus(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		for _, n := range Networks() {
			for _, sc := range append(Scenarios(n.Name), Choice{}, Choice{Name: Mixed}) {
				o := Order{Method: n.Name, Scenario: sc.Name}
				if err := o.Check(); err != nil {
					t.Errorf("%s %s: %v", n.Name, sc.Name, err)
				}
				in := m.start(o)
				named, _ := networkNamed(n.Name)
				if isHosted := in.ReferenceID == ""; isHosted != (n.Name == "hosted") || !isHosted && in.Method != named.method {
					t.Errorf("%s %s became %+v", n.Name, sc.Name, in)
				}
			}
		}
		if all := Scenarios(""); len(all) != len(scenarios) || len(Scenarios("mtn-lr"))+len(Scenarios("card"))+len(Scenarios("hosted")) != len(all) {
			t.Errorf("all of them are %v", all)
		}
		for _, o := range []Order{{Method: "card", Scenario: "declined"}, {Method: "mtn"}, {Scenario: "sold"},
			{Method: "airtel-rw", Currency: "LRD"}, {Amount: "-1"}, {Method: "WALLET"}} {
			_, err := m.s.Start(o)
			if check := o.Check(); err == nil || check == nil || !strings.HasSuffix(err.Error(), check.Error()) {
				t.Errorf("%+v: Start says %v, Check %v", o, err, check)
			}
		}
	})
}

func TestStart_ChargesWhatItIsTold(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		in := m.start(Order{Amount: "1500.00", Charge: "15.00", Currency: "LRD"})
		a := m.want(200, "GET", "/v1/status/collection/"+in.ReferenceID, "")
		if in.Amount != "1500.00" || !strings.Contains(a.text, `"payer_amount":15.00,"payer_currency":"LRD"`) {
			t.Errorf("the line says %s, the API %s", in.Amount, a.text)
		}
	})
}

func TestServe_OnLoopbackOnly(t *testing.T) {
	for _, addr := range []string{":0", "0.0.0.0:0", "192.0.2.1:7700", "[::]:0", "example.com:80", "7700"} {
		if l, err := Listen(addr); err == nil {
			l.Close()
			t.Errorf("%s was listened on", addr)
		}
	}
	l, err := Listen("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(l.Addr().String()); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a port in use gives %v", err)
	}
	s := New(Options{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	client := &http.Client{Transport: &http.Transport{}}
	res, err := client.Get("http://" + l.Addr().String() + "/sandbox/state")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var state State
	if json.NewDecoder(res.Body).Decode(&state) != nil || res.Header.Get(Header) != "1" || state.Limits != LimitsDefault {
		t.Errorf("the state is %+v", state)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Serve ended with %v", err)
	}
	if _, err := client.Get("http://" + l.Addr().String() + "/sandbox/state"); err == nil {
		t.Error("somebody answers after the end")
	}
}

func TestEnv_IsAllThatAMerchantNeeds(t *testing.T) {
	s := New(Options{ClientID: "me", ClientSecret: "mine"})
	defer s.Close()
	got := strings.Join(s.Env("http://127.0.0.1:1"), " ")
	want := "DOLLR_BASE_URL=http://127.0.0.1:1 DOLLR_CLIENT_ID=me DOLLR_CLIENT_SECRET=mine SUPABASE_URL=http://127.0.0.1:1 SUPABASE_ANON_KEY=" + s.AnonKey()
	if got != want {
		t.Errorf("the environment is %s", got)
	}
	for _, bad := range []Options{{Speed: -1}, {Limits: "some"}, {Rate: -1}, {KeyLife: -1}} {
		if bad.Check() == nil {
			t.Errorf("%+v was found good", bad)
		}
	}
	if err := (Options{}).Check(); err != nil {
		t.Error(err)
	}
}

// BenchmarkStatus reads one of 10,000 payments' statuses, from the request to the bytes.
func BenchmarkStatus(b *testing.B) {
	s := New(Options{Limits: LimitsNone})
	defer s.Close()
	paths := make([]string, 10_000)
	for i := range paths {
		in, err := s.Start(Order{Scenario: "stuck"})
		if err != nil {
			b.Fatal(err)
		}
		paths[i] = "/v1/status/collection/" + in.ReferenceID
	}
	bearer, handler := "Bearer "+s.mintToken(), s.Handler()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r := httptest.NewRequest("GET", paths[i%len(paths)], nil)
		r.Host = "127.0.0.1"
		r.Header.Set("Authorization", bearer)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != 200 || !bytes.Contains(w.Body.Bytes(), []byte("COLLECTION")) {
			b.Fatal(w.Code, w.Body)
		}
	}
}
