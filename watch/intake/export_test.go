package intake

import (
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

// ours is a line of our own export, with more in it.
func ours(more string) string {
	return `{"reference_id":"` + ref + `","verdict":"CHECK","at":"2026-11-22T14:31:50.120Z"` + more + "}\n"
}

func TestExport_WhatWasChargedIsNotWhatIsExpected(t *testing.T) {
	usd := watch.Money{Amount: "18.00", Currency: "USD"}
	for more, want := range map[string]watch.Money{
		`,"amount":"15.00","currency":"USD"`:                                                {},
		`,"amount":"15.00","currency":"USD","expected":"18.00"`:                             usd,
		`,"amount":"3420.00","currency":"LRD","expected":"18.00","expected_currency":"USD"`: usd,
		`,"amount":"3420.00","currency":"LRD","expected_money":"USD 18.00"`:                 usd,
		`,"amount":"1,5","currency":"US$","expected":"18.00","expected_currency":"USD"`:     usd,
		`,"amount":["x"],"currency":"USD","expected":"18.00"`:                               usd,
		`,"expected":"1.500","expected_currency":"USD"`:                                     {Amount: "1.500", Currency: "USD"},
		`,"expected":"500","expected_currency":"LDR"`:                                       {Amount: "500", Currency: "LDR"},
		`,"expected":"0","currency":"USD"`:                                                  {Amount: "0", Currency: "USD"},
		`,"expected_currency":"USD"`:                                                        {},
	} {
		d := read(ours(more), 50)
		if d.bad != nil || d.notes != nil || d.last.Expected != want || !d.export {
			t.Errorf("%s: expected is %v, our own %t, refused %v, said %v", more, d.last.Expected, d.export, d.bad, d.notes)
		}
	}
	for more, want := range map[string]string{
		`,"expected":"18.00"`:                       "an amount without a currency",
		`,"expected_money":"18.00"`:                 "expected_money is no currency",
		`,"expected":"x","expected_currency":"USD"`: "the expected money",
	} {
		if d := read(ours(more), 50); len(d.bad) != 1 || !strings.Contains(d.bad[0].Reason, want) {
			t.Errorf("%s: took %v, refused %v", more, d.last, d.bad)
		}
	}
}

func TestExport_ASpreadsheetHasSavedIt(t *testing.T) {
	const head = "reference_id;label;verdict;at;amount;currency;expected;expected_currency;phone\n"
	d := read(head+ref+";'=1+1;CHECK;2026-11-22T14:31:50.120Z;15,00;USD;1.800,00;USD;231******789\n", 50)
	if want := (watch.Payment{Reference: ref, Label: "=1+1", Expected: watch.Money{Amount: "1800.00", Currency: "USD"}, Phone: "231******789"}); d.last != want || d.bad != nil || d.notes != nil {
		t.Errorf("took %+v, refused %v, said %v", d.last, d.bad, d.notes)
	}
	d = read(head+ref+";x;CHECK;2026-11-22T14:31:50.120Z;15;USD;1.800;USD;\n", 50)
	if len(d.bad) != 1 || !strings.Contains(d.bad[0].Reason, "in two ways") {
		t.Errorf("took %+v, refused %v", d.last, d.bad)
	}
	d = read(head+ref+";x;BEZAHLT;2026-11-22T14:31:50.120Z;15;USD;18;USD;\n", 50)
	if len(d.bad) != 1 || !strings.Contains(d.bad[0].Reason, "expected or charged") {
		t.Errorf("took %+v, refused %v", d.last, d.bad)
	}
	// A table of the merchant's own keeps its signs.
	if d = read("reference_id,label\n"+ref+",'=1+1\n", 50); d.last.Label != "'=1+1" || d.export {
		t.Errorf("took %+v", d.last)
	}
}

func TestExport_SaysWhatWasKnown(t *testing.T) {
	at := time.Date(2026, 11, 22, 14, 31, 50, 120_000_000, time.UTC)
	minute := func(n int) time.Time { return at.Truncate(time.Minute).Add(-time.Duration(n) * time.Minute) }
	d := read(ours(`,"executed_at":"2026-11-22T14:30:00Z","handed_at":"2026-11-22T14:29:00Z","begun_at":"2026-11-22T14:28:00Z","status":"PROCESSING","hint":"COMPLETED","claimed_at":"2026-11-22T14:27:00Z","rev":7,"link":"POLL","slow":false,"heard_at":"x","reason":"OVERDUE"`), 50)
	want := watch.Known{Payment: watch.Payment{Reference: ref, Executed: minute(1), Handed: minute(2)}, Begun: minute(3), Status: "PROCESSING",
		Hint: watch.Hint{Status: "COMPLETED", At: at, Claimed: minute(4)}}
	if d.known != want || d.bad != nil || d.notes != nil {
		t.Errorf("known is %+v\nwant     %+v\n%v %v", d.known, want, d.bad, d.notes)
	}
	for _, final := range []string{"COMPLETED", "FAILED", "PAID", "CANCELED"} {
		if d := read(ours(`,"status":"`+final+`","verified_at":"2026-11-22T14:30:00Z","final_status":"`+final+`"`), 50); d.known.Status != "" || d.known.Final.Code != 0 || d.known.Changed.Said() {
			t.Errorf("an end is taken from a file: %+v", d.known)
		}
	}
	d = read(ours(`,"status":"FAILED","verified_at":"2026-11-22T14:30:00Z","final_status":"COMPLETED","later_status":"FAILED"`), 50)
	if k := &d.known; k.Final != (watch.Answer{At: minute(1), Code: 200, Reference: ref, Status: "COMPLETED"}) ||
		k.Changed.Answer() != (watch.Answer{At: at, Code: 200, Reference: ref, Status: "FAILED"}) || watch.Judge(k, at).Reason != watch.Contradicted {
		t.Errorf("a contradiction is %+v, %+v", k.Final, k.Changed.Answer())
	}
	d = read(`{"source_type":"ORDER","source_id":5,"verdict":"CHECK","at":"2026-11-22T14:31:50Z","later_status":"PAID","final_status":"CANCELED"}`, 50)
	if k := &d.known; !k.Final.About(k.Payment) || k.Stopped {
		t.Errorf("a source's is %+v", k.Final)
	}
	d = read(strings.Replace(ours(`,"begun_at":"x","claimed_at":5`), "CHECK", "STOPPED", 1), 50)
	if !d.known.Stopped || len(d.notes) != 2 || d.known.Hint != (watch.Hint{}) {
		t.Errorf("one that was stopped is %+v, said %v", d.known, d.notes)
	}
	if d = read(ours(`,"damaged":"yes"`), 50); d.known != (watch.Known{Payment: watch.Payment{Reference: ref}, Damaged: true}) {
		t.Errorf("one that was damaged is %+v", d.known)
	}
	for _, end := range []string{"COMPLETED", "FAILED"} { // twice the same contradicts nothing
		d = read(`{"reference_id":"`+ref+`","session_id":5}`+"\n"+ours(`,"final_status":"`+end+`","later_status":"`+end+`"`), 50)
		if d.known.Final.Code != 0 || d.known.Changed.Said() {
			t.Errorf("%s twice is %+v", end, d.known.Final)
		}
	}
	// None of it is taken from a line that is not ours.
	d = read(`{"reference_id":"`+ref+`","handed_at":"2026-11-22T14:29:00Z","hint":"COMPLETED","later_status":"FAILED"}`, 50)
	if d.known != (watch.Known{Payment: watch.Payment{Reference: ref}}) || d.export {
		t.Errorf("a merchant's own line says %+v", d.known)
	}
}

func TestExport_LinesAboutTheProgramAreNoPayments(t *testing.T) {
	d := read("{\"at\":\"2026-11-22T14:30:55.004Z\",\"trouble\":\"NO INTERNET: no such host\"}\n{\"at\":\"x\",\"trouble\":\"\"}\n"+ours(""), 50)
	if d.bad != nil || d.notes != nil || len(d.ids) != 1 {
		t.Errorf("took %v, refused %v, said %v", d.ids, d.bad, d.notes)
	}
	if _, err := Line([]byte(`{"at":"x","trouble":""}`)); err == nil || err.Error() != "the line is about no payment" {
		t.Errorf("as a payment it is %v", err)
	}
	for _, line := range []string{`{"at":"x"}`, `{"trouble":"x"}`, `{"at":"x","trouble":"y","label":"z"}`, `{"at":"x","trouble":"y","else":"z"}`} {
		if d := read(line, 50); len(d.bad) != 1 {
			t.Errorf("%s: refused %v", line, d.bad)
		}
	}
}

func TestPasted_AFormDoesNotHoldWhatAnExportKnows(t *testing.T) {
	for _, text := range []string{
		ours(`,"later_status":"FAILED"`),
		ours(`,"damaged":"yes"`),
		strings.Replace(ours(""), "CHECK", "STOPPED", 1),
		"reference_id,verdict,at,later_status\n" + ref + ",CHECK,2026-11-22T14:31:50Z,FAILED\n",
	} {
		if list, err := Pasted(text); err == nil || !strings.Contains(err.Error(), "hand it over as a file, with -f") || list != nil {
			t.Errorf("%s: %v, %v", text, list, err)
		}
	}
	if list, err := Pasted(ours(`,"expected":"18.00","amount":"15.00","currency":"USD"`)); err != nil || list[0].Expected.Amount != "18.00" {
		t.Errorf("%v, %v", list, err)
	}
}
