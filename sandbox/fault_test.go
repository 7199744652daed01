package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Every fault of the API: what it does while it is on, and that nothing of it stays.
func TestFault_OfTheAPIComesAndGoes(t *testing.T) {
	tests := map[Fault]func(t *testing.T, m *merchant, in Intake){
		Throttle: func(t *testing.T, m *merchant, in Intake) {
			a := m.want(429, "POST", "/v1/realtime-keys/collection", keyBody(in))
			if a.header.Get("Retry-After") != "5" {
				t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
			}
		},
		Errors: func(t *testing.T, m *merchant, in Intake) {
			m.key(in) // only statuses fail
			for _, want := range []string{"500", "502", "503", "500"} {
				if got := m.statusOf(in); got != want {
					t.Errorf("the status is %s, want %s", got, want)
				}
			}
		},
		Unreachable: func(t *testing.T, m *merchant, in Intake) {
			if got := m.statusOf(in); got != "gone" {
				t.Errorf("the status is %s", got)
			}
		},
		Hang: func(t *testing.T, m *merchant, in Intake) {
			m.http.Timeout = 10 * time.Second
			begin := time.Now()
			if got := m.statusOf(in); got != "gone" || time.Since(begin) != 10*time.Second {
				t.Errorf("the status is %s after %v", got, time.Since(begin))
			}
		},
		Slow: func(t *testing.T, m *merchant, in Intake) {
			begin := time.Now()
			if got := m.statusOf(in); got != "PROCESSING" || time.Since(begin) != slowBy {
				t.Errorf("the status is %s after %v", got, time.Since(begin))
			}
		},
		LockedOut: func(t *testing.T, m *merchant, in Intake) {
			if got := m.statusOf(in); got != "401" {
				t.Errorf("the status is %s", got)
			}
			m.want(401, "POST", "/v1/jwt/client/obtain/token", fmt.Sprintf(`{"client_id":%q,"client_secret":%q}`, m.s.opt.ClientID, m.s.opt.ClientSecret))
		},
		ClockAhead: func(t *testing.T, m *merchant, in Intake) {
			a := m.want(200, "GET", "/v1/status/collection/"+in.ReferenceID, "")
			date, err := http.ParseTime(a.header.Get("Date"))
			if err != nil || time.Until(date).Round(2*time.Second) != clockAhead {
				t.Errorf("the date is %v, %v ahead", date, time.Until(date))
			}
		},
	}
	for fault, check := range tests {
		t.Run(string(fault), func(t *testing.T) {
			tell(t, Options{}, func(t *testing.T, m *merchant) {
				m.login()
				in := m.start(Order{Scenario: "stuck"})
				time.Sleep(5 * time.Second)
				if err := m.s.Set(fault, true); err != nil {
					t.Fatal(err)
				}
				if on := m.s.State().Faults; len(on) != 1 || on[0] != fault {
					t.Errorf("the faults on are %v", on)
				}
				check(t, m, in)
				if err := m.s.Set(fault, false); err != nil {
					t.Fatal(err)
				}
				if got := m.statusOf(in); got != "PROCESSING" || len(m.s.State().Faults) > 0 {
					t.Errorf("after it was switched off the status is %s", got)
				}
			})
		})
	}
}

func TestFault_RevokeWithdrawsTheTokensThatWereGivenOut(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		in := m.start(Order{Scenario: "stuck"})
		time.Sleep(5 * time.Second)
		if err := m.s.Set(Revoke, true); err != nil || len(m.s.FaultsOn()) > 0 {
			t.Fatalf("%v, on are %v", err, m.s.FaultsOn())
		}
		if got := m.statusOf(in); got != "401" {
			t.Errorf("with the old token the status is %s", got)
		}
		m.login()
		if got := m.statusOf(in); got != "PROCESSING" {
			t.Errorf("with a new token the status is %s", got)
		}
	})
}

// Every fault of the realtime side, as one channel hears it.
func TestFault_OfTheChannelIsHeard(t *testing.T) {
	const before = "reply ok, system ok, INSERT PENDING, UPDATE PROCESSING"
	tests := map[Fault]string{
		Deaf:        before,
		Cut:         before + ", end",
		Unreachable: before + ", end",
		Hang:        before + ", end",
		Restart:     before + ", end",
		Reload:      before + ", system ok, end",
		Crash:       before + ", garbage",
		Resubscribe: before + ", system ok, UPDATE FAILED",
		Freeze:      before + ", UPDATE FAILED", // later, but not lost
	}
	for fault, want := range tests {
		t.Run(string(fault), func(t *testing.T) {
			tell(t, Options{}, func(t *testing.T, m *merchant) {
				_, ear := m.listening("declined", "")
				time.Sleep(13 * time.Second)
				if err := m.s.Set(fault, true); err != nil {
					t.Fatal(err)
				}
				time.Sleep(40 * time.Second)
				got := ear.words()
				if fault == Crash {
					heard, _ := ear.all()
					got = strings.Join(heard, ", ")
				}
				if got != want {
					t.Errorf("the channel said %s,\nwant %s", got, want)
				}
			})
		})
	}
}

func TestFault_RefusedSocketsAndStalledJoinsComeBack(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		if err := m.s.SetFor(Refuse, 30*time.Second); err != nil {
			t.Fatal(err)
		}
		path := "/realtime/v1/websocket?vsn=2.0.0&apikey=" + m.s.AnonKey()
		m.want(429, "GET", path, "")
		if err := m.s.Set(Refuse, false); err != nil {
			t.Fatal(err)
		}
		if err := m.s.Set(StallJoins, true); err != nil {
			t.Fatal(err)
		}
		in := m.start(Order{Scenario: "stuck"})
		begin := time.Now()
		ear := m.listen(in, m.key(in))
		time.Sleep(20 * time.Second)
		if d := ear.when("reply ok").Sub(begin); d < 9*time.Second || d > 11*time.Second {
			t.Errorf("a stalled join was answered after %v: %s", d, ear.words())
		}
		if on := m.s.State().Faults; len(on) > 0 {
			t.Errorf("%v should have ended by itself", on)
		}
	})
}

// A restart is over by itself, and then whoever comes back is served.
func TestFault_RestartedRealtimeAnswersAgain(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		in := m.login().start(Order{Scenario: "stuck"})
		_ = m.s.Set(Restart, true)
		path := "/realtime/v1/websocket?vsn=2.0.0&apikey=" + m.s.AnonKey()
		if _, err := m.ask("GET", path, ""); err == nil {
			t.Error("it answers while it is down")
		}
		time.Sleep(9 * time.Second)
		if got := m.listen(in, m.key(in)); len(m.s.State().Faults) > 0 {
			t.Errorf("the faults on are %v, and the channel says %s", m.s.State().Faults, got.words())
		}
		_ = m.s.SetFor(Restart, time.Hour)
		_ = m.s.Set(Restart, false)
		m.listen(in, m.key(in))
	})
}

// Callers that have given up leave nothing behind, whatever they had asked.
func TestFault_HangingCallsEndWithTheirCallers(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		in := m.login().start(Order{Scenario: "stuck"})
		_ = m.s.Set(Hang, true)
		synctest.Wait()
		before := m.m.Open()
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			body := strings.NewReader(fmt.Sprintf(`{"session_id":%d}`, in.SessionID))
			request, _ := http.NewRequestWithContext(ctx, "POST", MemoryURL+"/v1/realtime-keys/collection", body)
			if response, err := m.m.Client().Do(request); err == nil {
				t.Errorf("a hanging call was answered with %s", response.Status)
				_ = response.Body.Close()
			}
			cancel()
		}
		synctest.Wait()
		if after := m.m.Open(); after > before {
			t.Errorf("%d connections are left", after-before)
		}
	})
}

// What was under way when everything became unreachable is not answered either.
func TestFault_UnreachableMeansTheCallsUnderWayToo(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		in := m.login().start(Order{Scenario: "stuck"})
		_ = m.s.Set(Slow, true)
		asked := make(chan error)
		go func() {
			_, err := m.ask("GET", "/v1/status/collection/"+in.ReferenceID, "")
			asked <- err
		}()
		time.Sleep(time.Second)
		_ = m.s.Set(Unreachable, true)
		if <-asked == nil {
			t.Error("the call was answered")
		}
	})
}

// A key that is over already gets nobody in.
func TestFault_DeadKeysAreOver(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		in := m.login().start(Order{Scenario: "stuck"})
		_ = m.s.Set(DeadKeys, true)
		ear := m.listen(in, m.key(in))
		time.Sleep(6 * time.Second)
		if got := ear.words(); got != "reply error" {
			t.Errorf("with a dead key the channel says %s", got)
		}
	})
}

// A time given for a fault counts for that switching alone.
func TestFault_EndsByItselfUnlessSwitchedAnew(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		_ = m.s.SetFor(Slow, 10*time.Second)
		time.Sleep(5 * time.Second)
		_ = m.s.Set(Slow, true) // from now on without an end
		time.Sleep(time.Hour)
		if !m.s.faults.on(Slow) {
			t.Error("the older time ended the newer switching")
		}
		_ = m.s.SetFor(Slow, 10*time.Second)
		time.Sleep(11 * time.Second)
		if m.s.faults.on(Slow) {
			t.Error("it did not end")
		}
		if m.s.Set("earthquake", true) == nil || m.s.SetFor(Slow, 0) == nil {
			t.Error("an unknown fault, or one of no time, was taken")
		}
	})
}

// Keys and tokens stay good when the server's clock jumps.
func TestFault_AClockAheadLocksNobodyOut(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		in := m.start(Order{Scenario: "stuck"})
		_ = m.s.Set(ClockAhead, true)
		ear := m.listen(in, m.key(in))
		time.Sleep(200 * time.Second)
		if got := ear.words(); !strings.HasPrefix(got, "reply ok, system ok") || strings.Contains(got, "close") {
			t.Errorf("the channel said %s", got)
		}
	})
}

func TestMemory_CutsAndRefusesConnections(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		_, ear := m.listening("stuck", "")
		time.Sleep(5 * time.Second)
		if m.m.Open() == 0 {
			t.Error("no connection is open")
		}
		m.m.Refuse(true)
		m.m.Cut()
		synctest.Wait()
		if _, err := m.ask("GET", "/v1/status/source", ""); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("a call in an outage gives %v", err)
		}
		if got := ear.words(); got != "reply ok, system ok, end" || m.m.Open() != 0 {
			t.Errorf("the channel said %s, %d connections are open", got, m.m.Open())
		}
		m.m.Refuse(false)
		m.want(422, "GET", "/v1/status/source", "")
	})
}
