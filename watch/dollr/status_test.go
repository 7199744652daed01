package dollr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

func TestCollection_KeepsWhatDollrSays(t *testing.T) {
	body := `{"reference_id":"` + reference + `","status":"COMPLETED","operation_type":"COLLECTION",
		"payer_amount":1500.00,"payer_currency":"LRD","payee_amount":"1462.50","payee_currency":"LRD",
		"provider_transaction_id":"9900012345","gateway_message":"Approved\nby \u001b[31mMTN","wallet_message":null,
		"requires_action":false,"client_secret":"pi_1_secret_xyz","extra":{"deep":[1,2]}}`
	play(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "GET" || r.URL.Path != "/v1/status/collection/"+reference || r.Header.Get("Authorization") != "Bearer token-1" {
			t.Errorf("asked %s %s with %q", r.Method, r.URL, r.Header.Get("Authorization"))
		}
		time.Sleep(200 * time.Millisecond)
		says(200, body)(w, r)
	}, func(s *stage) {
		got, err := s.collection()
		if err != nil {
			t.Fatal(err)
		}
		want := watch.Answer{
			At: time.Now(), Took: 200 * time.Millisecond, Code: 200, Path: "/v1/status/collection", Stake: watch.Test,
			Reference: reference, Operation: "COLLECTION", Status: "COMPLETED",
			Payer:       watch.Money{Amount: "1500.00", Currency: "LRD"},
			Payee:       watch.Money{Amount: "1462.50", Currency: "LRD"},
			Transaction: "9900012345", Gateway: "Approved by MTN",
		}
		if !got.At.Equal(want.At) {
			t.Errorf("it came at %s, want %s", got.At, want.At)
		}
		got.At = want.At
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if !got.About(watch.Payment{Reference: strings.ToUpper(reference)}) {
			t.Error("the answer is not about its payment")
		}
		if strings.Contains(fmt.Sprintf("%#v", got), "secret") {
			t.Errorf("a secret was kept: %#v", got)
		}
	})
}

func TestSource_KeepsWhatDollrSays(t *testing.T) {
	play(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/status/source" || r.URL.RawQuery != "source_id=101&source_type=INVOICE" {
			t.Errorf("asked %s", r.URL)
		}
		says(200, `{"source_id":"101","source_type":"invoice","source_number":"INV-2025-00042","status":"PAID",
			"currency":"USD","total_amount":18.50,"paid_at":"2025-06-01T14:30:00Z"}`)(w, r)
	}, func(s *stage) {
		got, err := s.Source(context.Background(), "INVOICE", 101)
		if err != nil {
			t.Fatal(err)
		}
		if !got.About(watch.Payment{SourceType: "INVOICE", SourceID: 101}) || got.Status != "PAID" ||
			got.Number != "INV-2025-00042" || got.Payer.String() != "USD 18.50" || got.Path != "/v1/status/source" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestCollection_ReadsAmountsExactly(t *testing.T) {
	tests := map[string]string{
		`1500.00`:                        "1500.00",
		`"1500.00"`:                      "1500.00",
		`0.1`:                            "0.1",
		`12345678901234567.89`:           "12345678901234567.89", // no float holds this
		`1.5e3`:                          "1500",
		`0`:                              "0",
		`null`:                           "",
		`1.8E+1`:                         "18",
		`-0`:                             "-0",
		`"0.00"`:                         "0.00",
		`""`:                             "",
		`15.000000000000000000000000001`: "15.000000000000000000000000001",
	}
	for raw, want := range tests {
		play(t, says(200, `{"status":"PROCESSING","payer_currency":"LRD","payer_amount":`+raw+`}`), func(s *stage) {
			got, err := s.collection()
			if err != nil || got.Status != "PROCESSING" || got.Payer.Amount != want || got.Unread != "" {
				t.Errorf("%s: got %q of %+v, %v; want %q", raw, got.Payer.Amount, got, err, want)
			}
		})
	}
}

func TestCollection_ACurrencyAloneIsNoAmount(t *testing.T) {
	for _, field := range []string{`"payer_amount":""`, `"payer_amount":null`, `"payee_amount":5`} {
		for _, currency := range []string{`"USD"`, `"US$"`, `["USD"]`, `5`, `null`} {
			play(t, says(200, `{"status":"PROCESSING","payer_currency":`+currency+`,`+field+`}`), func(s *stage) {
				if got, err := s.collection(); err != nil || got.Payer.Said() || got.Unread != "" {
					t.Errorf("%s, %s: %v, kept as %s, %v", field, currency, got.Payer, got.Unread, err)
				}
			})
		}
	}
}

func TestCollection_KeepsAnAmountThatItCannotReadAsItCame(t *testing.T) {
	for raw, want := range map[string]string{
		`"payer_amount":"15,00","payer_currency":"USD"`:                      `"15,00" "USD"`,
		`"payer_amount":"USD 15.00","payer_currency":"USD"`:                  `"USD 15.00" "USD"`,
		`"payer_amount":"1,500.00","payer_currency":"USD"`:                   `"1,500.00" "USD"`,
		`"payer_amount":".50","payer_currency":"USD"`:                        `".50" "USD"`,
		`"payer_amount":"5.","payer_currency":"USD"`:                         `"5." "USD"`,
		`"payer_amount":{"value":15}`:                                        `{value: 15}`,
		`"payer_amount":[15]`:                                                `[15]`,
		`"payer_amount":[]`:                                                  `[]`,
		`"payer_amount":true,"payer_currency":"USD"`:                         `true "USD"`,
		`"payer_amount":"+15","payer_currency":"USD"`:                        `"+15" "USD"`,
		`"payer_amount":"１５","payer_currency":"USD"`:                         `"１５" "USD"`,
		`"payer_amount":" 15","payer_currency":"USD"`:                        `"15" "USD"`,
		`"payer_amount":"15\u00a0","payer_currency":"USD"`:                   `"15" "USD"`,
		`"payer_amount":" ","payer_currency":"USD"`:                          `"" "USD"`,
		`"payer_amount":"NaN","payer_currency":"USD"`:                        `"NaN" "USD"`,
		`"payer_amount":"0x10","payer_currency":"USD"`:                       `"0x10" "USD"`,
		`"payer_amount":1e400,"payer_currency":"USD"`:                        `1e400 "USD"`,
		`"payer_amount":1e-999999999,"payer_currency":"USD"`:                 `1e-999***999 "USD"`, // a long number could be a payer's
		`"payer_amount":15.00,"payer_currency":"US$"`:                        `15.00 "US$"`,
		`"payer_amount":15.00,"payer_currency":"uſd"`:                        `15.00 "uſd"`,
		`"payer_amount":15.00,"payer_currency":"USD "`:                       `15.00 "USD"`,
		`"payer_amount":15.00,"payer_currency":840`:                          `15.00 840`,
		`"payer_amount":15.00,"payer_currency":["USD"]`:                      `15.00 [USD]`,
		`"payer_amount":"a\u001b[2J\u202eb` + strings.Repeat("x", 500) + `"`: `"ab` + strings.Repeat("x", 61) + `…"`,
	} {
		play(t, says(200, `{"status":"PROCESSING",`+raw+`}`), func(s *stage) {
			got, err := s.collection()
			if err != nil || got.Unread != want || got.Payer != (watch.Money{}) {
				t.Errorf("%s: kept as %s next to %v, %v; want %s", raw, got.Unread, got.Payer, err, want)
			}
		})
	}
}

func TestSource_KeepsATotalThatItCannotReadAsItCame(t *testing.T) {
	play(t, says(200, `{"source_id":101,"source_type":"ORDER","status":"PAID","total_amount":"18,00","currency":"USD"}`), func(s *stage) {
		if got, err := s.Source(context.Background(), "ORDER", 101); err != nil || got.Payer.Said() || got.Unread != `"18,00" "USD"` {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestStatus_WhatCanBeReadInTwoWaysIsNoAnswer(t *testing.T) {
	about := `"reference_id":"` + reference + `"`
	for _, body := range []string{
		`{` + about + `,"status":"FAILED","status":"COMPLETED"}`,
		`{` + about + `,"status":"COMPLETED","st\u0061tus":"FAILED"}`,
		`{` + about + `,"status":"COMPLETED","operation_type":"REFUND","operation_type":"COLLECTION"}`,
		`{` + about + `,"status":"COMPLETED","more":[{"deep":{"a":1,"a":2}}]}`,
		`{` + about + `,"status":"COMPLETED"} {"status":"FAILED"}`,
		`{` + about + `,"status":"COMPLETED"}x`,
		`[{` + about + `,"status":"COMPLETED"}]`,
		`{` + about + `,"status":"COMPLETED","note":"` + "\xff" + `"}`,
		`{` + about + `,"status":"COMPLETED","note":"\ud800"}`,
		"\ufeff" + `{` + about + `,"status":"COMPLETED"}`,
		`{` + about + `,"status":"COMPLETED"`,
		`{` + about + `,"status":"COMPLETED",}`,
		`{` + about + `,'status':"COMPLETED"}`,
		`{` + about + `,"Status":"COMPLETED"}`,
		`{` + about + `,"status":["COMPLETED"]}`,
		`{` + about + `,"status":{"status":"COMPLETED"}}`,
		`{` + about + `,"status":7}`,
		`{` + about + `,"status":true}`,
		`{` + about + `,"status":null}`,
		`{` + about + `,"status":""}`,
		`{` + about + `,"status":"\u200b"}`,
		`{"reference_id":["` + reference + `"],"status":"COMPLETED"}`,
		`{"reference_id":{"id":"` + reference + `"},"status":"COMPLETED"}`,
		`{` + about + `,"status":"COMPLETED","operation_type":[["REFUND"]]}`,
		`{` + about + `,"status":"COMPLETED","operation_type":[]}`,
		`{` + about + `,"status":"COMPLETED","operation_type":{}}`,
		`{` + about + `,"status":"COMPLETED","operation_type":5}`,
		`{` + about + `,"status":"COMPLETED","operation_type":true}`,
		`{` + about + `,"status":"COMPLETED","operation_type":false}`,
		`null`, `true`, `""`, ``, ` `,
	} {
		play(t, says(200, body), func(s *stage) {
			a, err := s.collection()
			if err == nil {
				t.Fatalf("%s is taken for %+v", body, a)
			}
			if f := s.fault(err, watch.FaultDown); !f.Unreadable {
				t.Errorf("%s: the fault %q does not say that it cannot be read", body, f.Text)
			}
		})
	}
}

func TestStatus_AnAbsentOperationIsOneOfNoName(t *testing.T) {
	p := watch.Payment{Reference: reference}
	for field, want := range map[string]bool{
		``: true, `,"operation_type":null`: true, `,"operation_type":"COLLECTION"`: true,
		`,"operation_type":""`: false, `,"operation_type":" "`: false, `,"operation_type":"collection"`: false,
		`,"operation_type":"COLLECTION\u200b"`: false, `,"operation_type":"PAYOUT"`: false, `,"Operation_Type":"REFUND"`: true,
	} {
		play(t, says(200, `{"reference_id":"`+reference+`","status":"COMPLETED"`+field+`}`), func(s *stage) {
			if a, err := s.collection(); err != nil || a.About(p) != want {
				t.Errorf("%s: about the payment: %t, %v; want %t", field, a.About(p), err, want)
			}
		})
	}
}

func TestSource_OnlyItsOwnNameIsAboutIt(t *testing.T) {
	p := watch.Payment{SourceType: "INVOICE", SourceID: 101}
	for name, want := range map[string]bool{
		`"operation_type":"REFUND","source_type":"INVOICE","source_id":101`: false, `"operation_type":"","source_type":"INVOICE","source_id":101`: false, `"operation_type":"COLLECTION","source_type":"INVOICE","source_id":101`: true,
		`"source_type":"INVOICE","source_id":101`: true, `"source_type":"invoice","source_id":"101"`: true,
		`"source_type":"ınvoice","source_id":101`: false, `"source_type":"ORDER","source_id":101`: false,
		`"source_type":"INVOICE","source_id":"0101"`: false, `"source_type":"INVOICE","source_id":"+101"`: false,
		`"source_type":"INVOICE","source_id":101.0`: false, `"source_type":"INVOICE","source_id":1.01e2`: false,
		`"source_type":"INVOICE","source_id":"１０１"`: false, `"source_type":"INVOICE","source_id":[101]`: false,
		`"source_type":"INVOICE","source_id":-101`: false, `"source_type":"INVOICE"`: false,
		`"source_type":"INVOICE","Source_id":101`: false, `"source_id":101`: false,
	} {
		play(t, says(200, `{"status":"PAID",`+name+`}`), func(s *stage) {
			a, err := s.Source(context.Background(), "INVOICE", 101)
			if err != nil || a.About(p) != want {
				t.Errorf("%s: about the invoice: %t, %v; want %t", name, a.About(p), err, want)
			}
		})
	}
	play(t, says(200, `{"status":"PAID","source_type":["INVOICE"],"source_id":101}`), func(s *stage) {
		_, err := s.Source(context.Background(), "INVOICE", 101)
		if f := s.fault(err, watch.FaultDown); !f.Unreadable {
			t.Errorf("a list is taken for a type: %v", err)
		}
	})
}

func TestStatus_AnErrorsBodyMayBeAnything(t *testing.T) {
	for _, body := range []string{
		``, `{`, `{"detail":"a","detail":"b"}`, `{"detail":{"detail":1,"detail":2}}`, "\xff", `[1`, `{"detail":[{"loc":5,"msg":{}}]}`,
		`{"detail":[{"loc":["a"],"msg":"b","msg":"c"}]}`, `{"detail":1e999999999}`,
	} {
		for _, code := range []int{404, 422} {
			play(t, says(code, body), func(s *stage) {
				if a, err := s.collection(); err != nil || a.Code != code {
					t.Errorf("%d %s: got %+v, %v", code, body, a, err)
				}
			})
		}
		play(t, says(503, body), func(s *stage) {
			_, err := s.collection()
			if f := s.fault(err, watch.FaultDown); f.Unreadable || f.Code != 503 {
				t.Errorf("503 %s: %+v", body, f)
			}
		})
	}
}

func TestCollection_CleaningNeverMakesAFinalWord(t *testing.T) {
	for raw, want := range map[string]string{
		`"COMPLETED"`:          "COMPLETED",
		`"completed"`:          "completed",
		`"COMPLE\u200bTED"`:    "COMPLETED?",
		`"COMPLETED "`:         "COMPLETED?",
		`"\u001b[1mCOMPLETED"`: "COMPLETED?",
		`"UNDER_REVIEW"`:       "UNDER_REVIEW",
	} {
		play(t, says(200, `{"STATUS":"COMPLETED","status":`+raw+`}`), func(s *stage) {
			got, err := s.collection()
			if err != nil || got.Status != want {
				t.Errorf("%s: got %q, %v; want %q", raw, got.Status, err, want)
			}
		})
	}
}

func TestStatus_NotFoundAndRejectedAreAnswers(t *testing.T) {
	tests := map[string]struct {
		code       int
		body, want string
	}{
		"404":              {404, `{"detail":"Execution not found"}`, "Execution not found"},
		"404 without text": {404, ``, ""},
		"422 as a list": {422, `{"detail":[{"loc":["body","currency"],"msg":"field required","type":"value_error.missing"},
			{"loc":["query",0],"msg":"no"}]}`, "body.currency: field required; query.0: no"},
		"422 as text":      {422, `{"detail":"bad id"}`, "bad id"},
		"422 as an object": {422, `{"detail":{"reason":"bad id","client_secret":"pi_1_secret_2"}}`, "reason: bad id"},
		"422 without loc":  {422, `{"detail":[{"msg":"no"}]}`, "no"},
		"a phone":          {422, `{"detail":"no wallet for 231771234567"}`, "no wallet for 231******567"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, says(test.code, test.body), func(s *stage) {
				got, err := s.collection()
				if err != nil || got.Code != test.code || got.Detail != test.want || got.Status != "" || got.At.IsZero() {
					t.Errorf("got %+v, %v", got, err)
				}
				got, err = s.Source(context.Background(), "ORDER", 1)
				if err != nil || got.Code != test.code || got.Detail != test.want {
					t.Errorf("source: got %+v, %v", got, err)
				}
			})
		})
	}
}

func TestStatus_AWebPagesNotFoundIsNoAnswer(t *testing.T) {
	play(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(404)
		fmt.Fprint(w, "<html>nginx</html>")
	}, func(s *stage) {
		_, err := s.collection()
		if f := s.fault(err, watch.FaultDown); !strings.Contains(f.Text, "base URL") {
			t.Errorf("got %q", f.Text)
		}
	})
}

func TestStatus_AnAnswerThatMakesNoSenseIsAFault(t *testing.T) {
	for name, test := range map[string]struct {
		code int
		body string
	}{
		"empty":             {200, ``},
		"no JSON":           {200, `<html>`},
		"a list":            {200, `[]`},
		"null":              {200, `null`},
		"two objects":       {200, processing + processing},
		"cut short":         {200, `{"status":"COMP`},
		"no status":         {200, `{"reference_id":"x"}`},
		"status null":       {200, `{"status":null}`},
		"status empty":      {200, `{"status":""}`},
		"status invisible":  {200, `{"status":"\u200b"}`},
		"nested for ever":   {200, `{"status":` + strings.Repeat("[", 200_000)},
		"accepted":          {202, processing},
		"a redirect":        {302, ``},
		"an unknown status": {799, ``},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, says(test.code, test.body), func(s *stage) {
				got, err := s.collection()
				if f := s.fault(err, watch.FaultDown); f.Code != test.code || !strings.Contains(f.Text, "makes no sense") {
					t.Errorf("got %d %q", f.Code, f.Text)
				}
				if got != (watch.Answer{}) {
					t.Errorf("a fault came with an answer: %+v", got)
				}
			})
		})
	}
}

func TestStatus_TheReferenceStaysOnePartOfThePath(t *testing.T) {
	play(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.EscapedPath() != "/v1/status/collection/a%2F..%3Fb%23c" {
			t.Errorf("asked %s", r.URL.EscapedPath())
		}
		says(404, `{}`)(w, r)
	}, func(s *stage) {
		if _, err := s.Collection(context.Background(), "a/..?b#c"); err != nil {
			t.Error(err)
		}
		_, err := s.Collection(context.Background(), "")
		s.fault(err, watch.FaultRejected)
	})
}

func TestRealtimeKey_LivesInSecondsFromItsAnswer(t *testing.T) {
	play(t, func(w http.ResponseWriter, r *http.Request) {
		got := decode(t, r)
		want := map[string]any{"session_id": json.Number("55"), "source_type": "INVOICE", "reference_id": reference}
		if r.Method != "POST" || r.URL.Path != "/v1/realtime-keys/collection" || !reflect.DeepEqual(got, want) {
			t.Errorf("asked %s %s %v", r.Method, r.URL, got)
		}
		time.Sleep(2 * time.Second)
		says(200, `{"access_token":"eyJhbGciOiJIUzI1NiJ9.e30.sig","expires_in":90}`)(w, r)
	}, func(s *stage) {
		key, err := s.RealtimeKey(context.Background(), 55, "INVOICE", reference)
		if err != nil || key.Text != "eyJhbGciOiJIUzI1NiJ9.e30.sig" || time.Until(key.Expires) != 90*time.Second {
			t.Errorf("got a key for %s, %v", time.Until(key.Expires), err)
		}
	})
}

func TestRealtimeKey_MayLiveForADay(t *testing.T) {
	for _, life := range []string{`86400`, `"86400"`, `8.64e4`} {
		play(t, says(200, `{"access_token":"k","expires_in":`+life+`}`), func(s *stage) {
			key, err := s.RealtimeKey(context.Background(), 55, "INVOICE", reference)
			if err != nil || time.Until(key.Expires) != longestKey {
				t.Errorf("%s: got a key for %s, %v", life, time.Until(key.Expires), err)
			}
		})
	}
}

func TestRealtimeKey_AnUnusableOneIsAFault(t *testing.T) {
	for _, body := range []string{
		`{"expires_in":90}`, `{"access_token":"","expires_in":90}`, `{"access_token":"two words","expires_in":90}`,
		`{"access_token":5,"expires_in":90}`, `{"access_token":["k"],"expires_in":90}`, `{"access_token":"k","access_token":"k","expires_in":90}`,
		`{"access_token":"k","expires_in":90,"expires_in":1}`, `{"access_token":"k","expires_in":90}x`,
	} {
		play(t, says(200, body), func(s *stage) {
			key, err := s.RealtimeKey(context.Background(), 55, "INVOICE", reference)
			if f := s.fault(err, watch.FaultDown); !strings.Contains(f.Text, "no usable access_token") || key.Text != "" {
				t.Errorf("%s: got %q", body, f.Text)
			}
		})
	}
}

func TestRealtimeKey_WithoutABelievableLifeIsAFault(t *testing.T) {
	for _, life := range []string{`0`, `-1`, `null`, `"soon"`, `"NaN"`, `86401`, `1e300`, `{}`, `"0x1p6"`, `"6_0"`, `" 60"`, `"+60"`, `[60]`, `true`} {
		play(t, says(200, `{"access_token":"k","expires_in":`+life+`}`), func(s *stage) {
			key, err := s.RealtimeKey(context.Background(), 55, "INVOICE", reference)
			if f := s.fault(err, watch.FaultDown); !strings.Contains(f.Text, "expires_in") || key.Text != "" {
				t.Errorf("%s: got %q", life, f.Text)
			}
		})
	}
}

func TestRealtimeKey_RefusalsArePermanentOrNot(t *testing.T) {
	for code, want := range map[int]struct {
		kind      watch.FaultKind
		permanent bool
	}{
		403: {watch.FaultGated, true}, 404: {watch.FaultRejected, true}, 422: {watch.FaultRejected, true},
		400: {watch.FaultRejected, true}, 409: {watch.FaultRejected, true}, 408: {watch.FaultDown, false},
		429: {watch.FaultThrottled, false}, 500: {watch.FaultDown, false}, 503: {watch.FaultDown, false},
	} {
		play(t, says(code, `{"detail":"because"}`), func(s *stage) {
			_, err := s.RealtimeKey(context.Background(), 55, "ORDER", reference)
			f := s.fault(err, want.kind)
			if f.Permanent() != want.permanent || f.Code != code || !strings.HasSuffix(f.Text, fmt.Sprintf("(%d): because", code)) {
				t.Errorf("%d: permanent %t, %q", code, f.Permanent(), f.Text)
			}
		})
	}
}

// FuzzStatusBody holds that no body whatever makes a payment paid that does not say so,
// brings unclean text to a screen, or panics.
func FuzzStatusBody(f *testing.F) {
	for _, seed := range []string{
		processing,
		`{"reference_id":"` + reference + `","status":"COMPLETED","operation_type":"COLLECTION","payer_amount":1500.00,"payer_currency":"LRD"}`,
		`{"status":"FAILED","gateway_message":"no","client_secret":"pi_1_secret_2"}`,
		`{"source_id":101,"source_type":"ORDER","source_number":"ORD-1","status":"PAID","total_amount":"18.50","currency":"USD"}`,
		`{"detail":[{"loc":["body","currency"],"msg":"field required","type":"value_error.missing"}]}`,
		`{"detail":"Not found"}`, `[]`, `{"status":7}`, `{"status":{"a":[1]}}`, `{"status":"COMPLETED\u200b"}`,
	} {
		for _, code := range []int{200, 404, 422} {
			f.Add([]byte(seed), code)
		}
	}
	c, err := New(Config{BaseURL: "https://api.example", ClientID: testID, ClientSecret: testSecret})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, code int) {
		for _, fill := range []func(object, *watch.Answer){execution, source} {
			a, fault := c.statusOf(reply{code: code, body: body, header: http.Header{}}, "/", fill)
			if fault != nil {
				if fault.Text != watch.Clean(fault.Text, 1000) || fault.Kind == 0 {
					t.Fatalf("fault %q", fault.Text)
				}
				continue
			}
			for _, text := range []string{a.Status, a.Reference, a.Operation, a.SourceType, a.Number, a.Transaction, a.Gateway, a.Wallet, a.Detail} {
				if text != watch.Clean(text, 400) || strings.Contains(text, testSecret) {
					t.Fatalf("%q is not clean", text)
				}
			}
			if (a.Status == "COMPLETED" || a.Status == "PAID") && !sayVerbatim(body, a.Status) {
				t.Fatalf("%s came out of %q", a.Status, body)
			}
			if a.Code != 200 && a.Status != "" {
				t.Fatalf("a %d has the status %q", a.Code, a.Status)
			}
		}
	})
}

// sayVerbatim reports, by another way than the code under test, whether the body's status
// is this very text.
func sayVerbatim(body []byte, status string) bool {
	var any map[string]any
	return json.Unmarshal(body, &any) == nil && any["status"] == status
}

func BenchmarkCollection(b *testing.B) {
	s, end := open(b, says(200, `{"reference_id":"`+reference+`","status":"PROCESSING","operation_type":"COLLECTION",
		"payer_amount":1500.00,"payer_currency":"LRD","payee_amount":1462.50,"payee_currency":"LRD"}`))
	defer end()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.collection(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStatusBody(b *testing.B) {
	c, err := New(Config{BaseURL: "https://api.example", ClientID: testID, ClientSecret: testSecret})
	if err != nil {
		b.Fatal(err)
	}
	r := reply{code: 200, header: http.Header{}, body: []byte(`{"reference_id":"` + reference + `","status":"PROCESSING",
		"operation_type":"COLLECTION","payer_amount":1500.00,"payer_currency":"LRD","gateway_message":"sent to the phone"}`)}
	b.ReportAllocs()
	for b.Loop() {
		if _, fault := c.statusOf(r, "/", execution); fault != nil {
			b.Fatal(errors.New(fault.Text))
		}
	}
}

// A gateway's 404 is a page by its type or by its first letter. Dollr's 404 means that the
// payment has not landed yet.
func TestStatus_APagesNotFoundIsNoAnswer(t *testing.T) {
	for name, c := range map[string]struct{ kind, body string }{
		"by its type": {"text/html; charset=utf-8", "not here"}, "by its beginning": {"application/json", " <html>"}, "by both": {"text/html", "<p>"},
	} {
		play(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.kind)
			w.WriteHeader(404)
			_, _ = w.Write([]byte(c.body))
		}, func(s *stage) {
			_, err := s.collection()
			if f := s.fault(err, watch.FaultDown); !strings.Contains(f.Text, "a web page") {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}
