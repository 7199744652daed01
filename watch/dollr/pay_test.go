package dollr

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

// TestPay_AWholePaymentInDollrsTypes goes the way of dollr's API page, "making a payment".
func TestPay_AWholePaymentInDollrsTypes(t *testing.T) {
	answers := map[string]string{
		"/v1/checkouts/create": `{"id":7,"mode":"DIRECT","source_type":"ORDER","source_id":101,"source_number":"ORD-1","source_status":"IDLE",
			"party_id":12,"currency":"USD","total_amount":18.00,"url":"https://pay.example/x","hosted_path_or_token":"tok"}`,
		"/v1/sessions/checkout":             `{"id":55,"source_id":101,"source_type":"ORDER","status":"ACTIVE","payment_account_id":null,"expires_at":"2025-06-01T14:30:00Z"}`,
		"/v1/predictions/mmo-provider-info": `{"carrier":"MTN","country":"LR","currencies":["USD","LRD"],"phone":"231771234567","payment_method":"MTN_MOMO_LBR","gateway_provider":"PAWAPAY"}`,
		"/v1/payment-accounts/create":       `{"id":"18","is_active":true}`,
		"/v1/executions/collection":         `{"reference_id":"` + reference + `","status":"PENDING","operation_type":"COLLECTION","client_secret":"pi_1_secret_2"}`,
	}
	asked := map[string]map[string]any{}
	queries := map[string]string{}
	play(t, func(w http.ResponseWriter, r *http.Request) {
		queries[r.URL.Path] = r.URL.RawQuery
		if r.Method == http.MethodPost {
			asked[r.URL.Path] = decode(t, r)
		}
		says(201, answers[r.URL.Path])(w, r)
	}, func(s *stage) {
		ctx := context.Background()
		checkout, err := s.CreateCheckout(ctx, CheckoutRequest{
			Mode: "DIRECT", SourceKind: "ORDER", PartyName: "Amina", PartyPhone: phone, Currency: "USD",
			Items: []Item{{"Tea", watch.Money{Amount: "18.00", Currency: "USD"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := (Checkout{
			ID: "7", SourceType: "ORDER", SourceID: 101, SourceNumber: "ORD-1", SourceStatus: "IDLE", PartyID: "12",
			Total: watch.Money{Amount: "18.00", Currency: "USD"}, URL: "https://pay.example/x",
		}); checkout != want {
			t.Errorf("got %+v", checkout)
		}
		session, err := s.CreateSession(ctx, checkout.SourceType, checkout.SourceID)
		if err != nil || session.ID != 55 || !session.Expires.Equal(time.Date(2025, 6, 1, 14, 30, 0, 0, time.UTC)) || session.Account != "" {
			t.Errorf("got %+v, %v", session, err)
		}
		provider, err := s.PredictProvider(ctx, phone)
		if want := (Provider{"MTN", "LR", []string{"USD", "LRD"}, "MTN_MOMO_LBR", "PAWAPAY"}); err != nil || !reflect.DeepEqual(provider, want) {
			t.Errorf("got %+v, %v", provider, err)
		}
		account, err := s.CreateAccount(ctx, AccountRequest{
			Name: "Amina", Provider: provider.Gateway, Method: provider.Method, PartyID: checkout.PartyID, Country: "LR", Phone: phone,
		})
		if want := (Account{"18", true}); err != nil || account != want {
			t.Errorf("got %+v, %v", account, err)
		}
		answer, err := s.Execute(ctx, ExecutionRequest{Session: session.ID, Account: account.ID, Currency: "USD", Reference: reference})
		if err != nil || answer.Status != "PENDING" || answer.Reference != reference || strings.Contains(fmt.Sprintf("%#v", answer), "secret") {
			t.Errorf("got %+v, %v", answer, err)
		}
	})
	want := map[string]map[string]any{
		"/v1/checkouts/create": {
			"mode": "DIRECT", "source_kind": "ORDER", "party_name": "Amina", "party_phone": "231771234567", "currency": "USD",
			"items": []any{map[string]any{"name": "Tea", "currency": "USD", "amount": json.Number("18.00")}},
		},
		"/v1/sessions/checkout": {"source_id": json.Number("101"), "source_type": "ORDER"},
		"/v1/payment-accounts/create": {
			"account_name": "Amina", "provider": "PAWAPAY", "method": "MTN_MOMO_LBR", "party_id": json.Number("12"),
			"country_code": "LR", "insensitive_account_number": "231771234567",
		},
		"/v1/executions/collection": {"session_id": "55", "payment_account_id": "18", "currency": "USD", "reference_id": reference},
	}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("asked %v\nwant  %v", asked, want)
	}
	if queries["/v1/payment-accounts/create"] != "operation_type=COLLECTION" ||
		queries["/v1/predictions/mmo-provider-info"] != "operation_type=COLLECTION&phone=231771234567" {
		t.Errorf("queries %v", queries)
	}
}

func TestPay_WhatMayBeLeftOutIsSentWhenSaid(t *testing.T) {
	play(t, func(w http.ResponseWriter, r *http.Request) {
		want := map[string]any{
			"mode": "HOSTED", "source_kind": "INVOICE", "party_name": "", "party_phone": "", "currency": "LRD", "items": []any{},
			"party_email": "a@shop.example", "reference_id": reference, "note": "n", "due_date": "2025-06-01T14:30:00Z",
			"expires_at": "2025-06-02T14:30:00Z", "success_url": "https://shop.example/s", "cancel_url": "https://shop.example/c",
		}
		if got := decode(t, r); !reflect.DeepEqual(got, want) {
			t.Errorf("asked %v\nwant  %v", got, want)
		}
		says(200, `{"source_id":101,"source_type":"INVOICE","reference_id":"`+reference+`","expires_at":"2025-06-02T14:30:00Z"}`)(w, r)
	}, func(s *stage) {
		due := time.Date(2025, 6, 1, 16, 30, 0, 0, time.FixedZone("", 2*60*60))
		got, err := s.CreateCheckout(context.Background(), CheckoutRequest{
			Mode: "HOSTED", SourceKind: "INVOICE", Currency: "LRD", PartyEmail: "a@shop.example", Reference: reference, Note: "n",
			Due: due, Expires: due.AddDate(0, 0, 1), SuccessURL: "https://shop.example/s", CancelURL: "https://shop.example/c",
		})
		if err != nil || got.Reference != reference || !got.Expires.Equal(due.AddDate(0, 0, 1)) {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestPay_AnswersWithoutWhatIsNeededAreFaults(t *testing.T) {
	for _, body := range []string{``, `[]`, `{}`, `{"id":"x"}`, `{"id":-4}`, `{"status":5}`, `{"status":["PENDING"]}`} {
		play(t, says(200, body), func(s *stage) {
			_, err := s.CreateSession(context.Background(), "ORDER", 101)
			s.fault(err, watch.FaultDown)
			_, err = s.Execute(context.Background(), ExecutionRequest{Session: 1})
			s.fault(err, watch.FaultDown)
			_, err = s.CreateCheckout(context.Background(), CheckoutRequest{})
			s.fault(err, watch.FaultDown)
		})
	}
}

func TestRetry_AsksAgainWhatWaitingMayHeal(t *testing.T) {
	tests := map[string]struct {
		header string
		codes  []int // the last one repeats
		calls  int
		least  time.Duration
		most   time.Duration
		kind   watch.FaultKind // 0: it works in the end
	}{
		"works at once":               {"", []int{200}, 1, 0, 0, 0},
		"two hiccups":                 {"", []int{503, 500, 200}, 3, 2 * time.Second, 5 * time.Second, 0},
		"never":                       {"", []int{503}, 5, 10 * time.Second, 25 * time.Second, watch.FaultDown},
		"refused":                     {"", []int{422}, 1, 0, 0, watch.FaultRejected},
		"gated":                       {"", []int{403}, 1, 0, 0, watch.FaultGated},
		"slowed down":                 {"14", []int{429, 200}, 2, 14 * time.Second, 14 * time.Second, 0},
		"slowed down until":           {"Sat, 01 Jan 2000 00:00:20 GMT", []int{429, 200}, 2, 20 * time.Second, 20 * time.Second, 0},
		"slowed down beyond a minute": {"300", []int{429, 200}, 1, 0, 0, watch.FaultThrottled},
		"slowed down without a word":  {"", []int{429, 200}, 2, 700 * time.Millisecond, 1300 * time.Millisecond, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			n := 0
			play(t, func(w http.ResponseWriter, r *http.Request) {
				code := test.codes[min(n, len(test.codes)-1)]
				n++
				if test.header != "" {
					w.Header().Set("Retry-After", test.header)
				}
				says(code, `{"payment_method":"MTN_MOMO_LBR"}`)(w, r)
			}, func(s *stage) {
				begun := time.Now()
				provider, err := s.PredictProvider(context.Background(), phone)
				if took := time.Since(begun); took < test.least || took > test.most {
					t.Errorf("it took %s, want %s to %s", took, test.least, test.most)
				}
				if _, calls := s.asked(); calls != test.calls {
					t.Errorf("it made %d calls, want %d", calls, test.calls)
				}
				if test.kind != 0 {
					s.fault(err, test.kind)
				} else if err != nil || provider.Method != "MTN_MOMO_LBR" {
					t.Errorf("got %+v, %v", provider, err)
				}
			})
		})
	}
}

func TestRetry_EndsWithItsContext(t *testing.T) {
	play(t, says(503, `{}`), func(s *stage) {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		begun := time.Now()
		if _, err := s.PredictProvider(ctx, phone); err == nil || time.Since(begun) != 100*time.Millisecond {
			t.Errorf("got %v after %s", err, time.Since(begun))
		}
	})
}
