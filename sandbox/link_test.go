package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// listening starts a payment on a link, joins it, and lets it be executed when it is
// ready to be heard.
func (m *merchant) listening(scenario, link string) (Intake, *channel) {
	m.t.Helper()
	m.login()
	in := m.start(Order{Scenario: scenario, Link: link, After: 10 * time.Second})
	return in, m.listen(in, m.key(in))
}

func TestLink_IsReadOffTheSessionsNumber(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		for _, l := range links {
			for range 102 { // more than there are reserved numbers
				m.start(Order{Scenario: "stuck", Link: l.name})
			}
		}
		for i, tr := range m.s.Truth() {
			if want := links[i/102].name; tr.Link != want || m.s.linkOf(tr.SessionID).name != want {
				t.Fatalf("session %d has the link %s, want %s", tr.SessionID, tr.Link, want)
			}
			reserved := tr.SessionID >= reservedLeast && tr.SessionID <= reservedMost
			if reserved && tr.SessionID%100 != links[i/102].code || !reserved && tr.Link != "clean" && i%102 < 100 {
				t.Fatalf("session %d for the link %s", tr.SessionID, tr.Link)
			}
		}
	})
}

func TestLink_PrematureEndsThePaymentBeforeItsChannelIsReady(t *testing.T) {
	tell(t, Options{KeyLife: time.Hour}, func(t *testing.T, m *merchant) {
		m.login()
		in := m.start(Order{Scenario: "paid", Link: "premature"})
		time.Sleep(time.Second)
		ear := m.listen(in, m.key(in))
		time.Sleep(time.Second)
		if got := m.statusOf(in); got != "COMPLETED" || ear.words() != "reply ok" {
			t.Fatalf("after the join's reply the API says %s and the channel said %s", got, ear.words())
		}
		time.Sleep(20 * time.Second)
		if got := ear.words(); got != "reply ok, system ok" {
			t.Errorf("the channel said %s, want nothing after system ok", got)
		}
	})
}

func TestLink_JoinsThatFailAndChannelsThatAreSilent(t *testing.T) {
	tests := []struct{ link, heard string }{
		{"clean", "reply ok, system ok, INSERT PENDING, UPDATE PROCESSING, UPDATE FAILED"},
		{"join-timeout", ""},
		{"channel-error", "reply error"},
		{"silent", "reply ok, system ok"},
		{"half-open", "reply ok, system ok"},
	}
	for _, test := range tests {
		t.Run(test.link, func(t *testing.T) {
			tell(t, Options{}, func(t *testing.T, m *merchant) {
				in, ear := m.listening("declined", test.link)
				time.Sleep(40 * time.Second)
				if got := ear.words(); got != test.heard {
					t.Errorf("the channel said %q, want %q", got, test.heard)
				}
				if got := m.statusOf(in); got != "FAILED" {
					t.Errorf("the API says %s, whatever the link does it must say FAILED", got)
				}
			})
		})
	}
}

func TestLink_HalfOpenComesOnce(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		in, _ := m.listening("declined", "half-open")
		time.Sleep(5 * time.Second)
		again := m.listen(in, m.key(in))
		time.Sleep(40 * time.Second)
		if got := again.words(); !strings.HasSuffix(got, "UPDATE FAILED") {
			t.Errorf("the second join heard %q, want the payment's end", got)
		}
	})
}

func TestLink_ShortKeyClosesItsChannelAfter20s(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		in := m.start(Order{Scenario: "stuck", Link: "short-key"})
		a := m.want(200, "POST", "/v1/realtime-keys/collection", keyBody(in))
		if a.get("expires_in") != "20" {
			t.Fatalf("expires_in is %s, want 20", a.get("expires_in"))
		}
		begin := time.Now()
		ear := m.listen(in, a.get("access_token"))
		time.Sleep(30 * time.Second)
		if d := ear.when("phx_close").Sub(begin); d < 18*time.Second || d > 22*time.Second {
			t.Errorf("the channel was closed after %v, want 20 s: %s", d, ear.words())
		}
	})
}

func TestLink_KeyRefusedTwiceIsThenGiven(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		in := m.start(Order{Scenario: "stuck", Link: "key-refused"})
		for _, want := range []int{403, 422, 200, 200} {
			m.want(want, "POST", "/v1/realtime-keys/collection", keyBody(in))
		}
	})
}

func TestLink_DuplicatesAndGarbageKeepEveryChange(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		_, ear := m.listening("declined", "duplicates")
		time.Sleep(60 * time.Second)
		for _, word := range []string{"INSERT PENDING", "UPDATE PROCESSING", "UPDATE FAILED"} {
			if n := strings.Count(ear.words(), word); n != 3 {
				t.Errorf("%s was heard %d times, want 3: %s", word, n, ear.words())
			}
		}
	})
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		_, ear := m.listening("declined", "garbage")
		time.Sleep(60 * time.Second)
		if got := ear.words(); got != "reply ok, system ok, INSERT PENDING, UPDATE PROCESSING, UPDATE FAILED" {
			t.Errorf("the good frames are %s", got)
		}
		if heard, _ := ear.all(); len(heard) < 8 {
			t.Errorf("there was no garbage: %v", heard)
		}
	})
}

func TestLink_WrongHintSaysCompletedAndTheAPIFailed(t *testing.T) {
	tell(t, Options{KeyLife: time.Hour}, func(t *testing.T, m *merchant) {
		in, ear := m.listening("paid", "wrong-hint")
		words, at := m.history(in, time.Now(), 6*time.Minute)
		if got := strings.Join(words, ", "); got != "404, PENDING, PROCESSING, FAILED" {
			t.Fatalf("the API said %s", got)
		}
		if got := strings.TrimSuffix(ear.words(), ", end"); got != "reply ok, system ok, INSERT PENDING, UPDATE PROCESSING, UPDATE COMPLETED, UPDATE FAILED" {
			t.Fatalf("the channel said %s", got)
		}
		begin := time.Now().Add(-6 * time.Minute)
		if d := at[3] - ear.when("UPDATE COMPLETED").Sub(begin); d < 19*time.Second || d > 21*time.Second {
			t.Errorf("the API answered %v after the wrong hint, want 20 s", d)
		}
	})
}

func TestLink_SlowVerifyLagsBehindTheHintBy8s(t *testing.T) {
	tell(t, Options{Speed: 4}, func(t *testing.T, m *merchant) { // link faults keep real seconds
		in, ear := m.listening("paid", "slow-verify")
		begin := time.Now()
		words, at := m.history(in, begin, 3*time.Minute)
		if got := strings.Join(words, ", "); got != "404, PENDING, PROCESSING, COMPLETED" {
			t.Fatalf("the API said %s", got)
		}
		if d := at[3] - ear.when("UPDATE COMPLETED").Sub(begin); d < 7*time.Second || d > 9*time.Second {
			t.Errorf("the API answered %v after the hint, want 8 s", d)
		}
	})
}

func TestLink_ThrottledAsksFor14sAndKeepsItsWord(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		in := m.start(Order{Scenario: "stuck", Link: "throttled"})
		a := m.want(429, "GET", "/v1/status/collection/"+in.ReferenceID, "")
		if got := a.header.Get("Retry-After"); got != "14" {
			t.Fatalf("Retry-After is %q, want 14", got)
		}
		time.Sleep(10 * time.Second)
		if got := m.want(429, "POST", "/v1/realtime-keys/collection", keyBody(in)).header.Get("Retry-After"); got != "4" {
			t.Errorf("10 s later Retry-After is %q, want 4", got)
		}
		time.Sleep(4 * time.Second)
		if got := m.statusOf(in); got != "PROCESSING" {
			t.Errorf("after the wait the API says %s", got)
		}
		if other := m.start(Order{Scenario: "stuck"}); m.statusOf(other) != "PENDING" {
			t.Error("another payment suffers too")
		}
	})
}

func TestLink_ServerErrorFailsStatusQuestionsLongEnoughToMatter(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		in := m.start(Order{Scenario: "stuck", Link: "server-error"})
		m.key(in) // only statuses fail
		words, at := m.history(in, time.Now(), time.Minute)
		if words[0] != "500" || words[1] != "502" || words[2] != "503" || words[len(words)-1] != "PROCESSING" {
			t.Fatalf("the API said %v", words)
		}
		if d := at[len(at)-1]; d < 44*time.Second || d > 46*time.Second {
			t.Errorf("it failed for %v, want 45 s", d)
		}
	})
}

func TestLink_OfflineCannotBeReachedFor90s(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		in := m.start(Order{Scenario: "stuck", Link: "offline"})
		words, at := m.history(in, time.Now(), 2*time.Minute)
		if got := strings.Join(words, ", "); got != "gone, PROCESSING" {
			t.Fatalf("the API said %s", got)
		}
		if at[1] < 89*time.Second || at[1] > 91*time.Second {
			t.Errorf("it came back after %v, want 90 s", at[1])
		}
	})
}

func TestLink_ClockIsAheadForThatPaymentAlone(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		skew := func(in Intake) time.Duration {
			a := m.want(200, "GET", "/v1/status/collection/"+in.ReferenceID, "")
			date, err := http.ParseTime(a.header.Get("Date"))
			if err != nil {
				t.Fatal(err)
			}
			return time.Until(date).Round(2 * time.Second)
		}
		odd, even := m.start(Order{Scenario: "stuck", Link: "clock"}), m.start(Order{Scenario: "stuck"})
		if a, b := skew(odd), skew(even); a != clockAhead || b != 0 {
			t.Errorf("the clocks are ahead by %v and %v, want %v and 0", a, b, clockAhead)
		}
		ear := m.listen(odd, m.key(odd))
		time.Sleep(5 * time.Second)
		if got := ear.words(); !strings.HasPrefix(got, "reply ok, system ok") {
			t.Errorf("a key is good whatever the clock says, the channel said %s", got)
		}
	})
}

func TestLink_MixedIsMostlyCleanAndNeverAStory(t *testing.T) {
	tell(t, Options{Seed: 2}, func(t *testing.T, m *merchant) {
		seen := map[string]int{}
		for range 1000 {
			m.start(Order{Link: Mixed})
		}
		for _, tr := range m.s.Truth() {
			seen[tr.Link]++
		}
		if seen["clean"] < 870 || seen["clean"] > 930 {
			t.Errorf("%d of 1000 are clean, want about 900", seen["clean"])
		}
		for _, l := range links {
			if l.story && seen[l.name] > 0 || !l.story && seen[l.name] == 0 {
				t.Errorf("%s came %d times: %v", l.name, seen[l.name], fmt.Sprint(seen))
			}
		}
	})
}
