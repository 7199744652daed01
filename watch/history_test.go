package watch

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestHistory_TellsAPaymentsLife(t *testing.T) {
	var h History
	within(t, Config{Note: h.Put}, func(d *desk) {
		d.hand()
		_, _ = d.token()
		d.tells(Notice{Kind: Joining})
		d.tells(Notice{Kind: Joined})
		d.tells(Notice{Kind: Ready})
		d.pass(12 * sec)
		d.tells(Notice{Kind: Lost, Why: "the connection broke"})
		d.pass(8 * sec)
		d.says("500")
		d.pass(3 * sec)
		d.says(StatusCompleted)
		d.fleet.Verify(ID(ref))
		d.pass(8 * sec)
		d.want(Paid, Done)
	})
	entries, missing := h.Of(ID(ref))
	var got []string
	for _, e := range entries {
		kind := map[EventKind]string{
			EventHanded: "handed", EventKey: "key", EventJoining: "joining", EventJoined: "joined", EventReady: "ready", EventLost: "lost",
			EventAnswer: "answer " + e.Word, EventFailure: "failure", EventAsked: "asked", EventVerdict: "verdict " + e.Verdict.String(),
		}[e.Kind]
		got = append(got, e.From.String()+" "+kind)
	}
	want := "you handed, API key, channel joining, channel joined, channel ready, API answer PROCESSING, channel lost, API answer PROCESSING, " +
		"API failure, you asked, API answer COMPLETED, us verdict PAID"
	if text := strings.Join(got, ", "); text != want || missing != 0 {
		t.Errorf("it tells\n  %s\nwant\n  %s", text, want)
	}
	if polls := entries[7]; polls.Times < 3 || !polls.Last.After(polls.At) {
		t.Errorf("the polls are one entry of %d, from %v to %v", polls.Times, polls.At, polls.Last)
	}
}

func TestHistory_KeepsTheBeginningAndTheEnd(t *testing.T) {
	var h History
	for i := range 1000 {
		h.Put(Event{ID: "a", Kind: EventHint, Word: string(rune('a' + i%26)), At: time.Unix(int64(i), 0)})
	}
	entries, missing := h.Of("a")
	if len(entries) != HistoryMost || missing != 1000-HistoryMost {
		t.Fatalf("%d entries, %d missing", len(entries), missing)
	}
	if entries[HistoryHead-1].At.Unix() != HistoryHead-1 || entries[HistoryMost-1].At.Unix() != 999 {
		t.Errorf("it keeps up to %v and ends with %v", entries[HistoryHead-1].At, entries[HistoryMost-1].At)
	}
	if none, _ := h.Of("b"); none != nil {
		t.Errorf("of nobody it knows %v", none)
	}
}

// What came is large, and only the newest of it is ever shown.
func TestHistory_KeepsTheNewestOfWhatCame(t *testing.T) {
	var h History
	for i, word := range []string{"PENDING", "PROCESSING", "COMPLETED"} {
		h.Put(Event{ID: "a", Kind: EventHint, Word: word, Raw: word, At: time.Unix(int64(i), 0)})
		h.Put(Event{ID: "a", Kind: EventAnswer, Word: word, Raw: word, At: time.Unix(int64(i), 0)})
	}
	entries, _ := h.Of("a")
	for i, e := range entries {
		if newest := i >= len(entries)-2; newest != (e.Raw == "COMPLETED") || !newest && e.Raw != "" {
			t.Errorf("entry %d (%s) keeps %q", i, e.Word, e.Raw)
		}
	}
}

func TestRedact_ShowsWhatCameWithoutSecrets(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYSJ9.c2ln"
	raw := `{"status":"COMPLETED","payer_amount":1500.00,"provider_transaction_id":"1692100357","reference_id":"` + ref + `",
		"client_secret":"pi_1_secret_x","nested":{"access_token":{"a":1},"list":["` + jwt + `","pi_3_secret_abc"]},
		"payer_phone":231883456789,"payer":231883456789,"sec\u200bret":"hush","number":7,"gateway_message":"paid by 231883456789\u001b[2J","insensitive_account_number":"231883456789","requires_action":false,"none":null}`
	got := Redact([]byte(raw))
	for _, kept := range []string{`"payer_amount": 1500.00`, `"1692100357"`, ref, `"COMPLETED"`, `"none": null`, `"requires_action": false`, `paid by 231******789`} {
		if !strings.Contains(got, kept) {
			t.Errorf("%s is not in\n%s", kept, got)
		}
	}
	for _, secret := range []string{"231883456789", "hush", "pi_", "eyJ", "c2ln", `"a"`, "\x1b"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is in\n%s", secret, got)
		}
	}
	if !json.Valid([]byte(got)) {
		t.Errorf("it is no JSON any more:\n%s", got)
	}
	if got := Redact([]byte("<html>")); got != "(no JSON)" {
		t.Errorf("a page becomes %q", got)
	}
	if long := Redact([]byte(`{"a":[` + strings.Repeat(`"x",`, 100_000) + `1]}`)); len(long) > redactMost+10 {
		t.Errorf("a long body becomes %d bytes", len(long))
	}
}

// Of a contradiction support wants both answers.
func TestHistory_KeepsAllThatCameIfItIsToBeWhole(t *testing.T) {
	for whole, want := range map[bool]int{false: 1, true: 2} {
		h := History{Whole: whole}
		for _, word := range []string{StatusCompleted, StatusFailed} {
			h.Put(Event{ID: "a", Kind: EventAnswer, Code: 200, Word: word, Raw: "{}"})
		}
		entries, _ := h.Of("a")
		raws := 0
		for _, e := range entries {
			if e.Raw != "" {
				raws++
			}
		}
		if raws != want {
			t.Errorf("whole %t: %d answers are kept", whole, raws)
		}
	}
}

// A key that did not come is an event with what Dollr answered; one that we did not ask for
// any more is our own doing.
func TestHistory_SaysWhyThereIsNoKey(t *testing.T) {
	var h History
	within(t, Config{Note: h.Put}, func(d *desk) {
		d.hand()
		d.keys(&Fault{Kind: FaultGated, Code: 403, Text: "not for you"})
		_, _ = d.token()
		d.keys(&Fault{Kind: FaultThrottled, Code: 429, RetryAfter: 40 * time.Second, Text: "429"})
		go func() { _, _ = d.token() }()
		d.pass(2 * time.Minute) // by then the channel is of no more use
	})
	var got []Event
	entries, _ := h.Of(ID(ref))
	for _, e := range entries {
		if e.Kind == EventNoKey {
			got = append(got, e.Event)
		}
	}
	if len(got) != 2 || got[0].Code != 403 || got[0].From != FromAPI || got[0].Text != "not for you" || got[1].Code != 0 || got[1].From != FromUs {
		t.Errorf("it tells %+v", got)
	}
}
