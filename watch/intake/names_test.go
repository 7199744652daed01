package intake

import (
	"fmt"
	"strings"
	"testing"

	"tillwatch/watch"
)

func TestNames_MayHaveAnySpelling(t *testing.T) {
	want := watch.Payment{Session: 55, Reference: ref, Expected: watch.Money{Amount: "18.00", Currency: "USD"}}
	for _, names := range [][4]string{
		{"reference_id", "session_id", "amount", "currency"},
		{"Reference_ID", "SESSION_ID", "Amount", "Currency"},
		{"reference-id", "session id", "AMOUNT", "CURRENCY"},
		{"referenceId", "sessionId", " amount ", "cur_rency"},
		{"Reference ID", "Session-Id", "ａｍｏｕｎｔ", "cur\u200brency"},
		{"reference\u00a0id", "session\u2011id", "\ufeffamount", "currency"},
	} {
		line := fmt.Sprintf(`{"%s":"%s","%s":55,"%s":"18.00","%s":"USD"}`, names[0], ref, names[1], names[2], names[3])
		if p, err := Line([]byte(line)); err != nil || p != want {
			t.Errorf("%s: %+v, %v", line, p, err)
		}
		d := read(fmt.Sprintf("%s,%s,%s,%s\n%s,55,18.00,USD\n", names[0], names[1], names[2], names[3], ref), 9)
		if d.last != want || d.bad != nil || d.notes != nil {
			t.Errorf("%q in CSV: %+v, %v, %v", names, d.last, d.bad, d.notes)
		}
	}
}

func TestNames_OfOneKindAreRefusedTogether(t *testing.T) {
	for more, want := range map[string]string{
		`"amount":1,"Amount":2`:                      `"amount" and "Amount" are two spellings of one name`,
		`"Amount":null,"amount":2`:                   `"Amount" and "amount" are two spellings of one name`,
		`"amount":1,"amount":1`:                      `"amount" stands there twice`,
		`"x":{"a":1,"a":2}`:                          `"a" stands there twice`,
		`"referenceId":"x"`:                          `"reference_id" and "referenceId" are two spellings of one name`,
		`"amuont":"18.00"`:                           `"amuont" is no known name; amount?`,
		`"amont":"18.00"`:                            `"amont" is no known name; amount?`,
		`"mount":"18.00"`:                            `"mount" is no known name; amount?`,
		`"amaunt":"18.00"`:                           `"amaunt" is no known name; amount?`,
		`"аmount":"18.00"`:                           `"аmount" is no known name; amount?`,
		`"amоunt":"18.00"`:                           `"amоunt" is no known name; amount?`,
		`"curency":"USD"`:                            `"curency" is no known name; currency?`,
		`"ехресtеd":"18.00"`:                         `"ехресtеd" is no known name; expected?`,
		`"expected_curency":"USD"`:                   `"expected_curency" is no known name; expected_currency?`,
		`"verdict":"PAID","amount":1`:                "with verdict in the line it is not known",
		`"verdict":null,"amount":1`:                  "with verdict in the line it is not known",
		`"verified_at":"x","amount":1`:               "with verified_at in the line it is not known",
		`"heard_at":"x","amount":1`:                  "with heard_at in the line it is not known",
		`"rev":1,"amount":1`:                         "with rev in the line it is not known",
		`"handed_at":1,"amount":1`:                   "with handed_at in the line it is not known",
		`"later_status":1,"amount":1`:                "with later_status in the line it is not known",
		`"final_status":1,"amount":1`:                "with final_status in the line it is not known",
		`"verdict":"?","at":1,"amount":1`:            "with verdict in the line it is not known",
		`"amount":18,"expected":19,"currency":"USD"`: "amount and expected say different sums",
		`"amount":18,"expected":18,"currency":"USD","expected_currency":"LRD"`: "amount and expected say different sums",
		`"expected":[18],"currency":"USD"`:                                     "expected is neither text nor a number",
		`"expected":18`:                                                        "an amount without a currency",
	} {
		_, err := Line([]byte(`{"reference_id":"` + ref + `",` + more + `}`))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", more, err, want)
		}
	}
	for _, more := range []string{
		`"account":"x"`, `"amuznt":1`, `"discount":5`, `"current":1`, `"expect":1`, `"unexpected":1`, `"amt":1`, `"price":1`, `"verdict":"ok"`, `"status":"x"`, `"at":1`, `"":1`, `"сумма":1`,
		`"amount":18,"expected":"18.0","currency":"USD"`, `"expected":18,"expected_currency":"USD"`, `"expected":18,"currency":"USD"`,
	} {
		if _, err := Line([]byte(`{"reference_id":"` + ref + `",` + more + `}`)); err != nil {
			t.Errorf("%s: %v", more, err)
		}
	}
}

func TestNames_ThatAreNotKnownAreSaidOncePerSource(t *testing.T) {
	line := func(more string) string { return `{"reference_id":"` + ref + `",` + more + "}\n" }
	d := read(line(`"price":"231883456789","Client_Secret":"hush"`)+line(`"PRICE":1,"client-secret":2,"note":3`)+line(`"status":"new","":0,"note":4`)+line(`"label":"x"`), 50)
	var said []string
	for _, p := range d.notes {
		said = append(said, p.String())
	}
	want := []string{
		`shop.txt, line 1: these names are not known, and what is under them is left out: "price", "Client_Secret"`,
		`shop.txt, line 2: this name is not known, and what is under it is left out: "note"`,
		`shop.txt, line 3: this name is not known, and what is under it is left out: "status"`,
	}
	if strings.Join(said, "\n") != strings.Join(want, "\n") || d.bad != nil {
		t.Errorf("said\n%s\nreported %v", strings.Join(said, "\n"), d.bad)
	}
	if d = read(`{"Reference":"`+ref+`","Total":5}`, 50); len(d.bad) != 1 || len(d.notes) != 1 || !strings.HasSuffix(d.notes[0].Reason, `"Reference", "Total"`) {
		t.Errorf("of a line that is refused it said %v, %v", d.notes, d.bad)
	}
	d = read("reference_id,price,,note 231883456789,price\n"+ref+",1,2,3,4\n", 50)
	if len(d.notes) != 1 || d.notes[0].String() != `shop.txt, line 1: these names are not known, and what is under them is left out: "price", "note 231******789"` || len(d.ids) != 1 {
		t.Errorf("of CSV it said %v, took %v, reported %v", d.notes, d.ids, d.bad)
	}
}

// A source with a new name in every line fills neither the memory nor the screen.
func TestNames_ThatAreNotKnownAreBounded(t *testing.T) {
	var d desk
	decoder := NewDecoder("shop.txt", d.handle, d.report)
	for i := range 1000 {
		_, _ = fmt.Fprintf(decoder, "{\"reference_id\":\"%s\",\"n%d\":1}\n", ref, i)
	}
	if len(d.notes) != namesMost || len(decoder.sum.said) != namesMost || !strings.HasSuffix(d.notes[namesMost-1].Reason, `"n19"; other names are not said`) {
		t.Errorf("%d notes of %d names, the last %v", len(d.notes), len(decoder.sum.said), d.notes[len(d.notes)-1])
	}
	if len(d.ids) != 1000 {
		t.Errorf("took %d", len(d.ids))
	}
}
