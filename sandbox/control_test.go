package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestControl_IsForThisMachineAndNotForWebPages(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		for _, host := range []string{"localhost", "LOCALHOST:7700", "127.0.0.1", "127.8.9.1:80", "[::1]", "[::1]:7700"} {
			m.want(200, "GET", "/sandbox/state", "", "Host", host)
		}
		for _, host := range []string{"evil.example", "localhost.evil.example:7700", "192.168.0.7", "0.0.0.0:7700", "[2001:db8::1]:80", "127.0.0.1.nip.io"} {
			for _, path := range []string{"/sandbox/state", "/v1/status/source", "/realtime/v1/websocket"} {
				m.want(403, "GET", path, "", "Host", host)
			}
		}
		const body = `{"scenario":"paid"}`
		m.want(403, "GET", "/sandbox/state", "", "Origin", "http://localhost:7700")
		m.want(403, "POST", "/sandbox/payments", body, "Origin", "null")
		m.want(403, "POST", "/sandbox/payments", body, "Content-Type", "text/plain")
		m.want(403, "POST", "/sandbox/payments", body, "Content-Type", "application/x-www-form-urlencoded")
		if n := len(m.s.Truth()); n != 0 {
			t.Fatalf("refused calls made %d payments", n)
		}
		m.want(200, "POST", "/sandbox/payments", body, "Content-Type", "application/json; charset=utf-8")
	})
}

func TestControl_PaymentsAnswersIntakeLines(t *testing.T) {
	tell(t, Options{Seed: 4}, func(t *testing.T, m *merchant) {
		a := m.want(200, "POST", "/sandbox/payments", `{"scenario":"paid","link":"silent","count":3,"amount":"18.00","currency":"USD"}`)
		if a.header.Get("Content-Type") != "application/x-ndjson" {
			t.Errorf("the content type is %s", a.header.Get("Content-Type"))
		}
		lines := strings.Split(strings.TrimSpace(a.text), "\n")
		if len(lines) != 3 {
			t.Fatalf("3 payments are %d lines", len(lines))
		}
		for i, line := range lines {
			var raw map[string]json.RawMessage
			if err := json.Unmarshal([]byte(line), &raw); err != nil {
				t.Fatal(err)
			}
			for field, want := range map[string]string{"amount": `"18.00"`, "currency": `"USD"`, "session_id": fmt.Sprint(900004 + 100*i)} {
				if string(raw[field]) != want {
					t.Errorf("%s is %s, want %s", field, raw[field], want)
				}
			}
			for _, field := range []string{"reference_id", "source_type", "source_id", "label", "method", "phone", "executed_at"} {
				if len(raw[field]) == 0 {
					t.Errorf("%s is missing in %s", field, line)
				}
			}
		}
		m.login()
		a = m.want(200, "POST", "/sandbox/payments", `{"scenario":"hosted-paid"}`)
		if strings.Contains(a.text, "reference_id") || strings.Contains(a.text, "session_id") {
			t.Errorf("a hosted payment is %s", a.text)
		}
		begin := time.Now()
		m.want(200, "POST", "/sandbox/payments", `{"scenario":"stuck","count":21,"rate":10}`)
		if d := time.Since(begin); d != 2*time.Second {
			t.Errorf("21 payments at 10 a second took %v", d)
		}
	})
}

func TestControl_RefusesInOneLine(t *testing.T) {
	tests := []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/sandbox/payments", `{"scenario":"rich"}`, 400, `unknown scenario`},
		{"POST", "/sandbox/payments", `{"link":"rubber"}`, 400, `unknown link`},
		{"POST", "/sandbox/payments", `{"amount":"007.50","currency":"USD"}`, 400, `must be a decimal`},
		{"POST", "/sandbox/payments", `{"charge":"05"}`, 400, `must be a decimal`},
		{"POST", "/sandbox/payments", `{"cuont":2}`, 400, `cuont`},
		{"POST", "/sandbox/payments", `{"count":0}`, 400, `count must be`},
		{"POST", "/sandbox/payments", `{"count":100001}`, 400, `count must be`},
		{"POST", "/sandbox/payments", `{"rate":-1}`, 400, `rate must be`},
		{"POST", "/sandbox/payments", `{"amount":"-1"}`, 400, `amount`},
		{"POST", "/sandbox/payments", `{"currency":"EUR"}`, 400, `currency`},
		{"POST", "/sandbox/payments", `{"method":"CASH"}`, 400, `method`},
		{"POST", "/sandbox/payments", `{"method":"CREDIT_CARD","scenario":"paid"}`, 400, `cannot be paid by`},
		{"POST", "/sandbox/payments", `{"hosted":true,"link":"silent"}`, 400, `no channel`},
		{"POST", "/sandbox/payments", `{} {}`, 400, `more than one`},
		{"POST", "/sandbox/payments", `{"scenario":`, 400, `not the JSON object expected: it ends too early`},
		{"POST", "/sandbox/payments", `[]`, 400, `not the JSON object expected, as {"count":3} is one`},
		{"POST", "/sandbox/payments", ` `, 400, `not the JSON object expected, as`},
		{"POST", "/sandbox/payments", `null`, 400, `not the JSON object expected, as`},
		{"POST", "/sandbox/payments", `{"count":"many"}`, 400, `count must be a whole number and is a JSON string`},
		{"POST", "/sandbox/payments", `{"count":1.5}`, 400, `count must be a whole number and is a JSON number`},
		{"POST", "/sandbox/payments", `{"hosted":"yes"}`, 400, `hosted must be true or false and is a JSON string`},
		{"POST", "/sandbox/payments", `{"link":[4]}`, 400, `link must be a text and is a JSON array`},
		{"POST", "/sandbox/payments", `{"label":5}`, 400, `label must be a text and is a JSON number`},
		{"POST", "/sandbox/payments", `{"link":16}`, 400, `unknown link "16"`},
		{"POST", "/sandbox/payments", `{"scenario":790}`, 400, `unknown scenario "790"`},
		{"POST", "/sandbox/faults", `{"fualt":"slow"}`, 400, `unknown field "fualt"; known are fault, on, seconds`},
		{"GET", "/sandbox/payments", ``, 405, `use POST`},
		{"POST", "/sandbox/decide", `{"reference_id":"x","outcome":"approve"}`, 404, `no such payment`},
		{"POST", "/sandbox/faults", `{"fault":"earthquake"}`, 400, `unknown fault`},
		{"POST", "/sandbox/faults", `{"fault":"slow","seconds":-1}`, 400, `seconds must be`},
		{"POST", "/sandbox/faults", `{"fault":"slow","on":false,"seconds":3}`, 400, `seconds must be`},
		{"POST", "/sandbox/state", `{}`, 405, `use GET`},
		{"GET", "/sandbox/earthquake", ``, 404, `no such control`},
	}
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		for _, test := range tests {
			a := m.want(test.status, test.method, test.path, test.body)
			if !strings.HasSuffix(a.text, "}\n") || strings.Contains(a.text, "struct") {
				t.Errorf("%s %s says %q, want one line", test.path, test.body, a.text)
			}
			if !strings.Contains(a.get("error"), test.says) || strings.Contains(a.get("error"), "\n") {
				t.Errorf("%s %s says %s, want %s", test.path, test.body, a.text, test.says)
			}
		}
		if n := len(m.s.Truth()); n != 0 {
			t.Errorf("refused calls made %d payments", n)
		}
	})
}

func TestControl_NumbersAreAcceptedAsNames(t *testing.T) {
	tests := map[string]string{
		`{"link":"04"}`:                        `"link":"silent"`,
		`{"link":4}`:                           `"link":"silent"`,
		`{"link":"silent"}`:                    `"link":"silent"`,
		`{"link":0}`:                           `"link":"clean"`,
		`{"link":null,"amount":null}`:          `"link":"clean"`,
		`{"scenario":"789"}`:                   `"scenario":"paid"`,
		`{"scenario":39}`:                      `"scenario":"declined"`,
		`{"scenario":"039"}`:                   `"scenario":"declined"`,
		`{"scenario":"pm_card_visa"}`:          `"scenario":"card-paid"`,
		`{"amount":18.50,"currency":"USD"}`:    `"amount":"18.50"`,
		`{"charge":7,"currency":"USD"}`:        `"amount":"7"`,
		`{"phone":231883456129}`:               `"scenario":"stuck"`,
		`{"scenario":"hosted-idle","count":1}`: `"scenario":"hosted-idle"`,
	}
	for body, want := range tests {
		tell(t, Options{}, func(t *testing.T, m *merchant) {
			m.want(200, "POST", "/sandbox/payments", body)
			if truth := m.want(200, "GET", "/sandbox/truth", ""); !strings.Contains(truth.text, want) {
				t.Errorf("%s became %s, want %s", body, truth.text, want)
			}
		})
	}
}

func TestControl_FaultsStateAndTruth(t *testing.T) {
	tell(t, Options{Seed: 9, Speed: 4}, func(t *testing.T, m *merchant) {
		m.login()
		m.start(Order{Scenario: "declined"})
		m.start(Order{Scenario: "stuck"})
		m.want(200, "POST", "/sandbox/faults", `{"fault":"errors","seconds":30}`)
		time.Sleep(20 * time.Second)
		a := m.want(200, "GET", "/sandbox/state", "")
		for _, want := range []string{`"seed":9`, `"speed":4`, `"payments":2`, `"running":1`, `"FAILED":1`, `"faults":["errors"]`} {
			if !strings.Contains(a.text, want) {
				t.Errorf("the state is %s, want %s", a.text, want)
			}
		}
		time.Sleep(11 * time.Second)
		if a = m.want(200, "GET", "/sandbox/state", ""); !strings.Contains(a.text, `"faults":[]`) {
			t.Errorf("the fault did not end: %s", a.text)
		}
		a = m.want(200, "GET", "/sandbox/truth", "")
		if n := strings.Count(a.text, "\n"); n != 2 || !strings.Contains(a.text, `"scenario":"declined","link":"clean","status":"FAILED","final":true`) {
			t.Errorf("the truth is %s", a.text)
		}
		ended := m.s.Truth()[0].Since
		for path, want := range map[string]int{
			fmt.Sprint("/sandbox/truth?since_ns=", int64(ended)):   1, // the stuck one has said nothing since
			fmt.Sprint("/sandbox/truth?since_ns=", int64(ended)+1): 0,
			"/sandbox/truth?since_ns=1":                            2,
		} {
			if a := m.want(200, "GET", path, ""); strings.Count(a.text, "\n") != want {
				t.Errorf("%s answers %s, want %d lines", path, a.text, want)
			}
		}
		m.want(400, "GET", "/sandbox/truth?since_ns=-1", "")
		m.want(400, "GET", "/sandbox/truth?since_ns=noon", "")
	})
}

func TestState_CountsWhatComesWhateverBecomesOfIt(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		in, _ := m.listening("paid", "") // one key, one join
		m.want(200, "POST", "/sandbox/faults", `{"fault":"throttle"}`)
		m.want(429, "GET", "/v1/status/collection/"+in.ReferenceID, "")
		m.want(429, "GET", "/v1/status/source?source_type=ORDER&source_id=1", "")
		synctest.Wait() // the join may still be on its way
		a := m.want(200, "GET", "/sandbox/state", "")
		for _, want := range []string{`"calls":5`, `"reads":2`, `"keys":1`, `"joins_asked":1`} {
			if !strings.Contains(a.text, want) {
				t.Errorf("the state is %s, want %s", a.text, want)
			}
		}
	})
}

func TestDecide_APresenterDecides(t *testing.T) {
	tests := []struct {
		name     string
		scenario string
		outcomes []Outcome // five seconds apart
		want     string
	}{
		{"approves", "stuck", []Outcome{Approve}, "PENDING, PROCESSING, COMPLETED"},
		{"declines", "late-paid", []Outcome{Decline}, "PENDING, PROCESSING, FAILED"},
		{"lets the prompt be dialled", "no-prompt", []Outcome{Dialled}, "PENDING, PROCESSING, COMPLETED"},
		{"lets no prompt come, then dials", "late-paid", []Outcome{NoPrompt, Dialled}, "PENDING, PROCESSING, COMPLETED"},
		{"lets no prompt come", "late-paid", []Outcome{NoPrompt}, "PENDING, PROCESSING"},
		{"takes it back", "stuck", []Outcome{Approve, TakeBack}, "PENDING, PROCESSING, COMPLETED, FAILED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tell(t, Options{}, func(t *testing.T, m *merchant) {
				m.login()
				in := m.start(Order{Scenario: test.scenario})
				words, _ := m.history(in, time.Now(), 5*time.Second)
				for _, o := range test.outcomes {
					m.want(200, "POST", "/sandbox/decide", fmt.Sprintf(`{"reference_id":%q,"outcome":%q}`, in.ReferenceID, o))
					more, _ := m.history(in, time.Now(), 15*time.Second)
					if more[0] == words[len(words)-1] {
						more = more[1:]
					}
					words = append(words, more...)
				}
				time.Sleep(10 * time.Minute) // nothing of its old life comes after
				if last := m.statusOf(in); last != words[len(words)-1] {
					words = append(words, last)
				}
				if got := strings.Join(words, ", "); got != test.want {
					t.Errorf("the API said %s, want %s", got, test.want)
				}
			})
		})
	}
}

// Somebody tells of a payment that waits for the customer to dial: it waits no more, and a
// decision ends it.
func TestDecide_AfterWhatAStorytellerSaid(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		in := m.login().start(Order{Scenario: "no-prompt"})
		time.Sleep(5 * time.Second)
		if err := m.s.Say(in.ReferenceID, "", completed); err != nil {
			t.Fatal(err)
		}
		err := m.s.Decide(in.ReferenceID, Dialled)
		if err == nil || !strings.Contains(err.Error(), "does not wait for the customer to dial") {
			t.Errorf("dialled: %v", err)
		}
		if err := m.s.Decide(in.ReferenceID, Decline); err != nil || m.statusOf(in) != failed {
			t.Errorf("declined: %v, it is %s", err, m.statusOf(in))
		}
	})
}

func TestDecide_HostedCutAndExpire(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		page := m.start(Order{Scenario: "hosted-idle"})
		name := fmt.Sprintf("%s:%d", page.SourceType, page.SourceID)
		m.want(200, "POST", "/sandbox/decide", fmt.Sprintf(`{"source":%q,"outcome":"approve"}`, name))
		if got := m.statusOf(page); got != "PAID" {
			t.Errorf("the page is %s", got)
		}
		m.want(409, "POST", "/sandbox/decide", fmt.Sprintf(`{"source":%q,"outcome":"decline"}`, name))

		in, ear := m.listening("stuck", "")
		m.want(409, "POST", "/sandbox/decide", fmt.Sprintf(`{"reference_id":%q,"outcome":"approve"}`, in.ReferenceID)) // not executed
		m.want(400, "POST", "/sandbox/decide", fmt.Sprintf(`{"reference_id":%q,"outcome":"sing"}`, in.ReferenceID))
		time.Sleep(15 * time.Second)
		if err := m.s.Decide(in.ReferenceID, ExpireKey); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := ear.words(); !strings.HasSuffix(got, ", end") {
			t.Errorf("the channel said %s", got)
		}
		a := m.want(200, "POST", "/v1/realtime-keys/collection", keyBody(in))
		if a.get("expires_in") != "20" {
			t.Errorf("the next key lives %s s", a.get("expires_in"))
		}
	})
}
