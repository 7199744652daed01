package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Every row of the payments' table, told twice: what the API says when, and what the
// table commits. The watcher joins first, so it hears all there is.
func TestScenario_SaysAndCommitsItsStory(t *testing.T) {
	const life = "404, PENDING, PROCESSING, "
	tests := []struct {
		name        string
		api         string
		least, most time.Duration // of the last word, after the execution
		gateway     string
	}{
		{"paid", life + "COMPLETED", approvalLeast, approvalMost, "<nil>"},
		{"payer-limit", life + "FAILED", 8 * time.Second, 15 * time.Second, "PAYER_LIMIT_REACHED"},
		{"no-wallet", life + "FAILED", time.Second, 5 * time.Second, "PAYER_NOT_FOUND"},
		{"declined", life + "FAILED", 8 * time.Second, 15 * time.Second, "PAYMENT_NOT_APPROVED"},
		{"low-balance", life + "FAILED", 8 * time.Second, 15 * time.Second, "INSUFFICIENT_BALANCE"},
		{"busy-wallet", life + "FAILED", 8 * time.Second, 15 * time.Second, "TRANSACTION_ALREADY_IN_PROCESS"},
		{"unspecified", life + "FAILED", 8 * time.Second, 15 * time.Second, "UNSPECIFIED_FAILURE"},
		{"lapsed", life + "FAILED", 60 * time.Second, 60 * time.Second, "PAYMENT_NOT_APPROVED"},
		{"stuck", strings.TrimSuffix(life, ", "), 0, 2 * time.Second, "<nil>"},
		{"no-prompt", strings.TrimSuffix(life, ", "), 0, 2 * time.Second, "<nil>"},
		{"late-paid", life + "COMPLETED", 6 * time.Minute, 6*time.Minute + 2*time.Second, "<nil>"},
		{"new-status", "404, CREATED, PENDING, PROCESSING, COMPLETED", approvalLeast, approvalMost + 2*time.Second, "<nil>"},
		{"flip", life + "COMPLETED, FAILED", approvalLeast + time.Minute, approvalMost + time.Minute, "REVERSED"},
		{"not-landed", "404", 0, 0, ""},
		{"card-paid", life + "COMPLETED", 2 * time.Second, 8 * time.Second, "<nil>"},
		{"card-declined", life + "FAILED", 2 * time.Second, 8 * time.Second, "card_declined"},
		{"card-3ds", strings.TrimSuffix(life, ", "), 0, 2 * time.Second, "<nil>"},
	}
	told := map[string]bool{}
	for _, test := range tests {
		told[test.name] = true
		t.Run(test.name, func(t *testing.T) {
			tell(t, Options{Seed: 7, KeyLife: time.Hour}, func(t *testing.T, m *merchant) {
				m.login()
				const after = 10 * time.Second
				in := m.start(Order{Scenario: test.name, After: after})
				ear := m.listen(in, m.key(in))
				words, at := m.history(in, time.Now().Add(after), 8*time.Minute)
				if got := strings.Join(words, ", "); got != test.api {
					t.Fatalf("the API said %s, want %s", got, test.api)
				}
				if test.name == "not-landed" {
					return
				}
				last := at[len(at)-1]
				if last < test.least || last > test.most+300*time.Millisecond {
					t.Errorf("the last word came after %v, want %v to %v", last, test.least, test.most)
				}
				a := m.want(200, "GET", "/v1/status/collection/"+in.ReferenceID, "")
				if got := a.get("gateway_message"); got != test.gateway {
					t.Errorf("gateway_message is %q, want %q", got, test.gateway)
				}
				wantTable := "reply ok, system ok"
				for i, word := range words[1:] {
					wantTable += ", " + map[bool]string{true: "INSERT ", false: "UPDATE "}[i == 0] + word
				}
				if got := strings.TrimSuffix(ear.words(), ", end"); got != wantTable {
					t.Errorf("the channel said %s,\nwant %s", got, wantTable)
				}
			})
		})
	}
	for _, sc := range scenarios {
		if !told[sc.name] && sc.kind != hosted {
			t.Errorf("nobody tells the story of %s", sc.name)
		}
	}
}

func TestScenario_HostedCheckoutsLiveByTheirSource(t *testing.T) {
	tests := map[string]string{
		"hosted-paid":     "IDLE, ACTIVE, PROCESSING, PAID",
		"hosted-canceled": "IDLE, ACTIVE, PROCESSING, CANCELED",
		"hosted-idle":     "IDLE",
		"hosted-left":     "IDLE, ACTIVE",
		"late-paid":       "IDLE, ACTIVE, PROCESSING, PAID",
		"no-prompt":       "IDLE, ACTIVE, PROCESSING",
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			tell(t, Options{Seed: 3}, func(t *testing.T, m *merchant) {
				m.login()
				in := m.start(Order{Scenario: name, Hosted: true})
				if in.ReferenceID != "" || in.SessionID != 0 || in.SourceID == 0 {
					t.Fatalf("a hosted checkout is known by its source alone, got %+v", in)
				}
				words, _ := m.history(in, time.Now(), 10*time.Minute)
				if got := strings.Join(words, ", "); got != want {
					t.Fatalf("the API said %s, want %s", got, want)
				}
				paid := m.want(200, "GET", fmt.Sprintf("/v1/status/source?source_type=%s&source_id=%d",
					in.SourceType, in.SourceID), "").get("paid_at") != "<nil>"
				if paid != strings.HasSuffix(want, "PAID") {
					t.Errorf("paid_at given is %v after %s", paid, want)
				}
			})
		})
	}
}

// A page made over HTTP has a customer too, whose number decides.
func TestScenario_AHostedCheckoutOverHTTPIsPaidByItsCustomer(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		a := m.want(200, "POST", "/v1/checkouts/create", strings.Replace(checkoutBody, "DIRECT", "HOSTED", 1))
		if a.get("source_status") != "IDLE" || a.get("url") == "<nil>" {
			t.Errorf("the checkout is %s", a.text)
		}
		time.Sleep(6 * time.Minute)
		a = m.want(200, "GET", "/v1/status/source?source_type=ORDER&source_id="+a.get("source_id"), "")
		if a.get("status") != "PAID" {
			t.Errorf("six minutes later the source is %s", a.text)
		}
	})
}

// The payer's number decides, whoever starts the payment, and no other number is a
// silent success.
func TestScenario_IsReadOffThePayersNumber(t *testing.T) {
	tell(t, Options{Seed: 1}, func(t *testing.T, m *merchant) {
		named := 0
		for _, sc := range scenarios {
			if sc.kind != mobile || sc.suffix == "" {
				continue
			}
			named++
			in := m.start(Order{Phone: "231883456" + sc.suffix})
			all := m.s.Truth()
			if got := all[len(all)-1].Scenario; got != sc.name {
				t.Errorf("number %s does %s, want %s", in.Phone, got, sc.name)
			}
		}
		for range 400 {
			m.start(Order{Phone: "231883456333"})
		}
		seen := map[string]int{}
		for _, tr := range m.s.Truth()[named:] {
			seen[tr.Scenario]++
		}
		for _, sc := range scenarios {
			if sc.share >= 2 && seen[sc.name] == 0 {
				t.Errorf("400 other numbers never drew %s: %v", sc.name, seen)
			}
			if sc.share == 0 && seen[sc.name] > 0 {
				t.Errorf("%s is not in the mix and was drawn", sc.name)
			}
		}
		if n := seen["paid"]; n < 280 || n > 344 {
			t.Errorf("%d of 400 paid, want about 312", n)
		}
	})
}

// A minute is time enough to have handed over on the first answer, which is the lesson.
func TestScenario_FlipTakesItsWordBackAfterAMinute(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		in := m.login().start(Order{Scenario: "flip"})
		var paid time.Time
		for m.statusOf(in) != "FAILED" {
			if paid.IsZero() && m.statusOf(in) == "COMPLETED" {
				paid = time.Now()
			}
			time.Sleep(time.Second)
		}
		if d := time.Since(paid); paid.IsZero() || d < 59*time.Second || d > 61*time.Second {
			t.Errorf("it was COMPLETED for %v", d)
		}
	})
}

// The mix is the design's, to the percent.
func TestScenario_TheMixIsTheDesigns(t *testing.T) {
	want := map[string]int{"paid": 78, "declined": 9, "low-balance": 6, "lapsed": 3, "payer-limit": 2, "unspecified": 1, "stuck": 1}
	for _, sc := range scenarios {
		if sc.share != want[sc.name] {
			t.Errorf("%s has %d percent, want %d", sc.name, sc.share, want[sc.name])
		}
	}
}

func TestScenario_ApprovalTakesAsLongAsTheModelSays(t *testing.T) {
	s := New(Options{Seed: 5})
	defer s.Close()
	var under22, under75 int
	const n = 4000
	for i := range int64(n) {
		d := approval(s.drawing(drawLife, i))
		if d < approvalLeast || d > approvalMost {
			t.Fatalf("an approval of %v", d)
		}
		if d < approvalMedian {
			under22++
		}
		if d < approvalP90 {
			under75++
		}
	}
	if under22 < n*46/100 || under22 > n*54/100 || under75 < n*88/100 || under75 > n*92/100 {
		t.Errorf("of %d approvals %d took under 22 s and %d under 75 s, want about half and nine tenths", n, under22, under75)
	}
}
