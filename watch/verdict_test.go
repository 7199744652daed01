package watch

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at is noon and that many seconds.
func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

const ref = "550e8400-e29b-41d4-a716-446655440000"

func collection(status string) Answer {
	return Answer{At: noon, Code: 200, Reference: ref, Operation: "COLLECTION", Status: status}
}

func source(status string) Answer {
	return Answer{At: noon, Code: 200, SourceType: "ORDER", SourceID: 101, Status: status}
}

// knowing makes the facts of a payment that was handed over at noon.
func knowing(change ...func(*Known)) Known {
	k := Known{Payment: Payment{Reference: ref, Handed: noon}}
	for _, c := range change {
		c(&k)
	}
	return k
}

func learned(answers ...Answer) func(*Known) {
	return func(k *Known) {
		for _, a := range answers {
			k.learn(a)
		}
	}
}

func hinted(status string, when time.Time) func(*Known) {
	return func(k *Known) { k.hint(status, when) }
}

func expecting(amount, currency string) func(*Known) {
	return func(k *Known) { k.Expected = Money{amount, currency} }
}

func hosted(k *Known) { k.Payment = Payment{SourceType: "ORDER", SourceID: 101, Handed: noon} }

func charging(a Answer, amount, currency string) Answer {
	a.Payer = Money{amount, currency}
	return a
}

// learnedAt takes in an answer that came so many seconds after noon.
func learnedAt(seconds int, a Answer) func(*Known) {
	a.At = at(seconds)
	return learned(a)
}

func unread(a Answer) Answer {
	a.Unread = `"15,00" "USD"`
	return a
}

// woken is the moment at which the clocks jumped apart.
func woken(when time.Time) func(*Known) { return func(k *Known) { k.Woken = when } }

// garbled is so many answers that cannot be read.
func garbled(times int) func(*Known) {
	return func(k *Known) {
		for range times {
			k.failed(&Fault{Kind: FaultDown, Unreadable: true}, noon)
		}
	}
}

func TestJudge(t *testing.T) {
	executed := func(when time.Time) func(*Known) { return func(k *Known) { k.Executed = when } }
	upper := collection(StatusCompleted)
	upper.Reference = "550E8400-E29B-41D4-A716-446655440000"
	payout := collection(StatusCompleted)
	payout.Operation = "PAYOUT"
	other := collection(StatusCompleted)
	other.Reference = "00000000-0000-4000-8000-000000000000"
	plain := collection(StatusCompleted)
	plain.Operation = ""
	gone := Answer{At: noon, Code: 404}

	for name, c := range map[string]struct {
		known  Known
		wall   time.Time
		want   Verdict
		reason Reason
		flags  string
	}{
		"nothing is known":                      {knowing(), at(1), Waiting, None, ""},
		"completed is paid":                     {knowing(learned(collection(StatusCompleted))), at(1), Paid, None, ""},
		"the reference may differ in case":      {knowing(learned(upper)), at(1), Paid, None, ""},
		"an absent operation type will do":      {knowing(learned(plain)), at(1), Paid, None, ""},
		"a payout pays nobody here":             {knowing(learned(payout)), at(1), Waiting, None, ""},
		"another payment's end is not this one": {knowing(learned(other)), at(1), Waiting, None, ""},
		"failed is not paid":                    {knowing(learned(collection(StatusFailed))), at(1), NotPaid, None, ""},
		"paid is a source's word":               {knowing(learned(collection(SourcePaid))), at(1), Waiting, None, ""},
		"a word in small letters proves nothing": {
			knowing(learned(collection("completed"))), at(1), Waiting, None, "",
		},
		"an undocumented word is waited on": {knowing(learned(collection("CREATED"))), at(1), Waiting, None, ""},
		"its source was paid, perhaps by another attempt": {
			knowing(learned(source(SourcePaid))), at(1), Waiting, None, "",
		},
		"a hosted source is paid":      {knowing(hosted, learned(source(SourcePaid))), at(1), Paid, None, ""},
		"a hosted source is canceled":  {knowing(hosted, learned(source(SourceCanceled))), at(1), NotPaid, None, ""},
		"completed is no source's end": {knowing(hosted, learned(source(StatusCompleted))), at(1), Waiting, None, ""},
		"a hosted source not opened yet waits for as long as it takes": {
			knowing(hosted, learned(source(SourceActive))), at(3600), Waiting, None, "not started",
		},
		"a hosted source that fell back to ACTIVE is not started again": {
			knowing(hosted, learned(source(SourceIdle), source(StatusProcessing), source(SourceActive))),
			at(3600), Waiting, None, "not started",
		},
		"less was charged than expected": {
			knowing(expecting("1500.00", "LRD"), learned(charging(collection(StatusCompleted), "15.00", "LRD"))),
			at(1), Check, Short, "",
		},
		"a currency that Dollr does not name": {
			knowing(expecting("1500.00", "LRD"), learned(charging(collection(StatusCompleted), "1500.00", ""))),
			at(1), Check, AmountUnknown, "",
		},
		"a currency that Dollr does not name, and nothing is expected": {
			knowing(learned(charging(collection(StatusCompleted), "1500.00", ""))), at(1), Paid, None, "",
		},
		"an expectation whose currency is lost": {
			knowing(expecting("15", ""), learned(charging(collection(StatusCompleted), "15", "USD"))), at(1), Check, AmountUnknown, "",
		},
		"an expectation whose digits are lost": {
			knowing(expecting("x", "USD"), learned(charging(collection(StatusCompleted), "15", "USD"))), at(1), Check, AmountUnknown, "",
		},
		"digits that a journal has lost": {
			knowing(learned(charging(collection(StatusCompleted), "1e999999999", "USD"))), at(1), Check, AmountUnknown, "",
		},
		"no amount, and one is expected": {
			knowing(expecting("18.00", "USD"), learned(collection(StatusCompleted))), at(1), Check, AmountUnknown, "",
		},
		"an amount that cannot be read": {
			knowing(expecting("18.00", "USD"), learned(unread(collection(StatusCompleted)))), at(1), Check, AmountUnknown, "",
		},
		"an amount that cannot be read may be below zero": {
			knowing(learned(unread(collection(StatusCompleted)))), at(1), Check, AmountUnknown, "",
		},
		"an amount that cannot be read, and it failed anyway": {
			knowing(expecting("18.00", "USD"), learned(unread(collection(StatusFailed)))), at(1), NotPaid, None, "",
		},
		"an amount that cannot be read, before the end": {
			knowing(expecting("18.00", "USD"), learned(unread(collection(StatusProcessing)))), at(1), Waiting, None, "",
		},
		"a hosted checkout whose total cannot be read": {
			knowing(hosted, expecting("18.00", "USD"), learned(unread(source(SourcePaid)))), at(1), Check, AmountUnknown, "",
		},
		"nothing was charged": {
			knowing(learned(charging(collection(StatusCompleted), "0.00", "USD"))), at(1), Check, NotAboveZero, "",
		},
		"minus nothing was charged": {
			knowing(learned(charging(collection(StatusCompleted), "-0", ""))), at(1), Check, NotAboveZero, "",
		},
		"less than nothing was charged": {
			knowing(learned(charging(collection(StatusCompleted), "-5", "USD"))), at(1), Check, NotAboveZero, "",
		},
		"nothing was charged of nothing": {
			knowing(expecting("0", "USD"), learned(charging(collection(StatusCompleted), "0", "USD"))), at(1), Check, NotAboveZero, "",
		},
		"nothing was charged of something": {
			knowing(expecting("18", "USD"), learned(charging(collection(StatusCompleted), "0", "USD"))), at(1), Check, Short, "",
		},
		"nothing of another currency": {
			knowing(expecting("18", "USD"), learned(charging(collection(StatusCompleted), "0", "LRD"))), at(1), Check, NotAboveZero, "",
		},
		"the smallest amount there is": {
			knowing(learned(charging(collection(StatusCompleted), "0.000000000000000000001", "USD"))), at(1), Paid, None, "",
		},
		"less by less than a float can tell": {
			knowing(expecting("18.00", "USD"), learned(charging(collection(StatusCompleted), "17.99999999999999999999", "USD"))),
			at(1), Check, Short, "",
		},
		"two answers in a row cannot be read": {knowing(garbled(2)), at(1), Check, Unreadable, ""},
		"one answer cannot be read":           {knowing(garbled(1)), at(1), Waiting, None, ""},
		"any answer heals that too": {
			knowing(garbled(2), learned(collection(StatusProcessing)), garbled(1)), at(1), Waiting, None, "",
		},
		"a 404 heals that too":                {knowing(garbled(2), learned(gone)), at(1), Waiting, None, "not started"},
		"an end that cannot be read any more": {knowing(learned(collection(StatusCompleted)), garbled(2)), at(1), Paid, None, ""},
		"as much in other digits is enough": {
			knowing(expecting("1500", "LRD"), learned(charging(collection(StatusCompleted), "1500.00", "LRD"))),
			at(1), Paid, None, "",
		},
		"more is paid": {
			knowing(expecting("15", "LRD"), learned(charging(collection(StatusCompleted), "15.01", "LRD"))),
			at(1), Paid, None, "",
		},
		"another currency cannot be compared": {
			knowing(expecting("1500", "LRD"), learned(charging(collection(StatusCompleted), "8", "USD"))),
			at(1), Check, OtherCurrency, "",
		},
		"too little, and it failed anyway": {
			knowing(expecting("15", "LRD"), learned(charging(collection(StatusFailed), "1", "LRD"))),
			at(1), NotPaid, None, "",
		},
		"paid, later failed": {
			knowing(learned(collection(StatusCompleted), collection(StatusFailed))), at(1), Check, Contradicted, "",
		},
		"failed, later processing": {
			knowing(learned(collection(StatusFailed), collection(StatusProcessing))), at(1), Check, Contradicted, "",
		},
		"a contradiction is never forgotten": {
			knowing(learned(collection(StatusCompleted), collection(StatusFailed), collection(StatusCompleted))),
			at(1), Check, Contradicted, "",
		},
		"a 404 after the end is no answer": {
			knowing(learned(collection(StatusCompleted), gone)), at(1), Paid, None, "",
		},
		"stopped":              {knowing(func(k *Known) { k.Stopped = true }), at(9999), Stopped, None, ""},
		"paid, though stopped": {knowing(func(k *Known) { k.Stopped = true }, learned(collection(StatusCompleted))), at(1), Paid, None, ""},

		"the channel says completed":                        {knowing(hinted("COMPLETED", at(1))), at(2), Confirming, None, ""},
		"in any letters":                                    {knowing(hinted("Failed", at(1))), at(2), Confirming, None, ""},
		"a strange word claims nothing":                     {knowing(hinted("succeeded", at(1))), at(2), Waiting, None, ""},
		"an older hint does not undo it":                    {knowing(hinted("COMPLETED", at(1)), hinted("PROCESSING", at(2))), at(3), Confirming, None, ""},
		"confirming for just under 30 s":                    {knowing(hinted("COMPLETED", at(1))), at(30), Confirming, None, ""},
		"confirming for 30 s":                               {knowing(hinted("COMPLETED", at(1))), at(31), Check, Unconfirmed, ""},
		"the hint repeated is not younger":                  {knowing(hinted("COMPLETED", at(1)), hinted("completed", at(20))), at(31), Check, Unconfirmed, ""},
		"asking has failed for under 30 s":                  {knowing(func(k *Known) { k.fail("x", at(10)) }), at(39), Waiting, None, ""},
		"asking has failed for 30 s":                        {knowing(func(k *Known) { k.fail("x", at(10)); k.fail("y", at(39)) }), at(40), Check, Unanswered, ""},
		"any answer heals that":                             {knowing(func(k *Known) { k.fail("x", at(10)) }, learned(collection(StatusPending))), at(40), Waiting, None, ""},
		"a 404 heals it too":                                {knowing(func(k *Known) { k.fail("x", at(10)) }, learned(gone)), at(40), Waiting, None, "not started"},
		"slow after a minute":                               {knowing(learned(collection(StatusProcessing))), at(60), Waiting, None, "slow"},
		"not slow before":                                   {knowing(learned(collection(StatusProcessing))), at(59), Waiting, None, ""},
		"overdue after five":                                {knowing(learned(collection(StatusProcessing))), at(300), Check, Overdue, ""},
		"handed over an hour late, and not asked about yet": {knowing(executed(at(-3600))), at(1), Waiting, None, "slow"},
		"and not asked about for five minutes":              {knowing(executed(at(-3600))), at(300), Check, Overdue, ""},
		"overdue, then paid":                                {knowing(learned(collection(StatusProcessing), collection(StatusCompleted))), at(400), Paid, None, ""},
		"not landed, nobody said when":                      {knowing(learned(gone)), at(3600), Waiting, None, "not started"},
		"not landed a minute after it was":                  {knowing(executed(at(0)), learned(gone)), at(60), Check, NeverLanded, ""},
		"not landed yet":                                    {knowing(executed(at(0)), learned(gone)), at(59), Waiting, None, ""},
		"an execution in the future is not":                 {knowing(executed(at(9999)), learned(gone)), at(400), Waiting, None, "not started"},
		"begun late counts from then": {
			knowing(learned(gone), func(k *Known) {
				a := collection(StatusPending)
				a.At = at(600)
				k.learn(a)
			}), at(650), Waiting, None, "",
		},
		"overdue after a night, a little after the morning": {knowing(learned(collection(StatusProcessing)), woken(at(5000))), at(5014), Waiting, None, "slow"},
		"and then it is": {knowing(learned(collection(StatusProcessing)), woken(at(5000))), at(5015), Check, Overdue, ""},
		"executed after the morning": {
			knowing(executed(at(1000)), learned(collection(StatusProcessing)), woken(at(900))), at(1299), Waiting, None, "slow",
		},
		"unconfirmed after a night, a little after the morning": {knowing(hinted("COMPLETED", at(1)), woken(at(250))), at(264), Confirming, None, ""},
		"and then it is unconfirmed":                            {knowing(hinted("COMPLETED", at(1)), woken(at(250))), at(265), Check, Unconfirmed, ""},
		"a claim after the morning":                             {knowing(hinted("COMPLETED", at(100)), woken(at(90))), at(129), Confirming, None, ""},
		"a hosted source begun late counts from then": {
			knowing(hosted, learnedAt(0, source(SourceActive)), learnedAt(600, source(StatusProcessing))), at(650), Waiting, None, "",
		},
		"a hosted source that fell back begins anew": {
			knowing(hosted, learnedAt(0, source(SourceActive)), learnedAt(100, source(StatusProcessing)),
				learnedAt(200, source(SourceActive)), learnedAt(600, source(StatusProcessing))), at(650), Waiting, None, "",
		},
		"a 404 is no falling back": {
			knowing(hosted, learnedAt(0, source(SourceActive)), learnedAt(100, source(StatusProcessing)), learnedAt(200, gone)),
			at(350), Waiting, None, "slow",
		},
		"answered late for the first time counts from when it was handed over": {
			knowing(learnedAt(200, collection(StatusProcessing))), at(300), Check, Overdue, "",
		},
		"the question is refused": {knowing(learned(Answer{At: noon, Code: 422})), at(1), Check, Rejected, ""},
		"refused once, and answered later": {
			knowing(learned(Answer{At: noon, Code: 422}, collection(StatusProcessing))), at(1), Check, Rejected, "",
		},
		"refused once, and paid": {
			knowing(learned(Answer{At: noon, Code: 422}, collection(StatusCompleted))), at(1), Paid, None, "",
		},
		"its watcher panicked":             {knowing(func(k *Known) { k.Panic = "bug" }), at(1), Check, Broken, ""},
		"a final answer heals a panic too": {knowing(func(k *Known) { k.Panic = "bug" }, learned(collection(StatusCompleted))), at(1), Paid, None, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := Judge(&c.known, c.wall)
			var flags string
			if got.NotStarted {
				flags += "not started"
			}
			if got.Slow {
				flags += "slow"
			}
			if got.Verdict != c.want || got.Reason != c.reason || flags != c.flags {
				t.Errorf("got %v, reason %d, %q; want %v, reason %d, %q",
					got.Verdict, got.Reason, flags, c.want, c.reason, c.flags)
			}
		})
	}
}

// A verdict that changes with time alone must say when, or nobody would look again.
func TestJudge_SaysWhenItWillChange(t *testing.T) {
	for name, k := range map[string]Known{
		"waiting":       knowing(learned(collection(StatusProcessing))),
		"confirming":    knowing(learned(collection(StatusProcessing)), hinted("COMPLETED", at(3))),
		"failing":       knowing(func(k *Known) { k.fail("x", at(7)) }),
		"never landed":  knowing(func(k *Known) { k.Executed = at(5) }, learned(Answer{At: noon, Code: 404})),
		"future":        knowing(func(k *Known) { k.Executed = at(50) }, learned(Answer{At: noon, Code: 404})),
		"hosted, begun": knowing(hosted, learned(source(SourceIdle), source(StatusProcessing))),
	} {
		t.Run(name, func(t *testing.T) {
			j := Judge(&k, at(0))
			for s := 1; s <= 400; s++ {
				next := Judge(&k, at(s))
				was := j
				was.Next, j = time.Time{}, next
				now := next
				now.Next = time.Time{}
				if now == was {
					continue
				}
				if due := Judge(&k, at(s-1)).Next; !due.Equal(at(s)) {
					t.Fatalf("changes at +%d s to %v/%d; a second before it said %v", s, next.Verdict, next.Reason, due)
				}
			}
		})
	}
}

func TestVerdict_ANumberWithoutAWordIsNoPanic(t *testing.T) {
	for v := range 256 {
		if got := Verdict(v).String(); (got == "??") != (v > int(Stopped)) {
			t.Errorf("verdict %d is %q", v, got)
		}
	}
}
