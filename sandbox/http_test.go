package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

const ref1 = "550e8400-e29b-41d4-a716-446655440000"

const checkoutBody = `{"mode":"DIRECT","source_kind":"ORDER","party_name":"Musu D","party_phone":"231883456789",
	"currency":"LRD","items":[{"name":"Rice","currency":"LRD","amount":1200.50},{"name":"Oil","currency":"LRD","amount":"299.5"}]}`

// execute goes a merchant's way up to the execution's body.
func (m *merchant) execute(checkout, account, reference string) string {
	m.t.Helper()
	co := m.want(200, "POST", "/v1/checkouts/create", checkout)
	ses := m.want(200, "POST", "/v1/sessions/checkout",
		fmt.Sprintf(`{"source_id":%s,"source_type":%q}`, co.get("source_id"), co.get("source_type")))
	acc := m.want(200, "POST", "/v1/payment-accounts/create?operation_type=COLLECTION", account)
	return fmt.Sprintf(`{"session_id":"%s","payment_account_id":"%s","currency":%q,"reference_id":%q}`,
		ses.get("id"), acc.get("id"), co.get("currency"), reference)
}

const momoAccount = `{"account_name":"Musu","provider":"PAWAPAY","method":"MTN_MOMO_LBR","party_id":5101,
	"country_code":"LR","insensitive_account_number":"231883456789"}`

func TestHTTP_AMerchantsWholePath(t *testing.T) {
	tell(t, Options{Seed: 1}, func(t *testing.T, m *merchant) {
		a := m.want(200, "POST", "/v1/jwt/client/obtain/token",
			fmt.Sprintf(`{"client_id":%q,"client_secret":%q}`, m.s.opt.ClientID, m.s.opt.ClientSecret))
		if a.get("expires_in") != "60" {
			t.Errorf("a bearer token's expires_in is %s, want 60 minutes", a.get("expires_in"))
		}
		m.bearer = a.get("access_token")
		guess := m.want(200, "GET", "/v1/predictions/mmo-provider-info?phone=231883456789&operation_type=COLLECTION", "")
		if guess.get("payment_method") != "MTN_MOMO_LBR" || guess.get("gateway_provider") != "PAWAPAY" || guess.get("country") != "LR" {
			t.Errorf("the prediction is %s", guess.text)
		}
		body := m.execute(checkoutBody, momoAccount, strings.ToUpper(ref1))
		m.want(404, "GET", "/v1/status/collection/"+ref1, "")
		a = m.want(200, "POST", "/v1/executions/collection", body)
		if a.get("status") != "PENDING" || a.get("reference_id") != strings.ToUpper(ref1) || a.get("operation_type") != "COLLECTION" {
			t.Errorf("the execution answers %s", a.text)
		}
		// Digits and scale, as numbers, and the fee rounded at the same scale.
		for _, want := range []string{`"payer_amount":1500.00,`, `"payee_amount":1462.50,`, `"payer_currency":"LRD"`} {
			if !strings.Contains(a.text, want) {
				t.Errorf("the execution answers %s, want %s", a.text, want)
			}
		}
		if strings.Contains(a.text, "client_secret") || strings.Contains(a.text, "requires_action") {
			t.Errorf("only cards have those: %s", a.text)
		}
		key := m.want(200, "POST", "/v1/realtime-keys/collection",
			fmt.Sprintf(`{"session_id":%d,"source_type":"ORDER","reference_id":%q}`, 1001, ref1))
		if key.get("expires_in") != "300" {
			t.Errorf("a realtime key's expires_in is %s, want 300 seconds", key.get("expires_in"))
		}
		time.Sleep(5 * time.Minute)
		if a = m.want(200, "GET", "/v1/status/collection/"+ref1, ""); a.get("status") != "COMPLETED" {
			t.Errorf("number …789 ended %s", a.text)
		}
		// Asked again, the execution is the same one and not a second charge.
		if a = m.want(200, "POST", "/v1/executions/collection", body); a.get("status") != "COMPLETED" {
			t.Errorf("the same execution again answers %s", a.text)
		}
		if n := len(m.s.Truth()); n != 1 {
			t.Errorf("there are %d payments", n)
		}
		a = m.want(200, "GET", "/v1/status/source?source_type=ORDER&source_id=101", "")
		if a.get("status") != "PAID" || a.get("paid_at") == "<nil>" || !strings.Contains(a.text, `"total_amount":1500.00`) {
			t.Errorf("the source says %s", a.text)
		}
	})
}

func TestHTTP_ACardCarriesItsSecretAndAsksForAction(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		in := m.start(Order{Scenario: "card-3ds", Amount: "18.00", Currency: "USD"})
		time.Sleep(5 * time.Second)
		a := m.want(200, "GET", "/v1/status/collection/"+in.ReferenceID, "")
		if a.get("requires_action") != "true" || !strings.HasPrefix(a.get("client_secret"), "pi_") {
			t.Errorf("before 3-D Secure the API says %s", a.text)
		}
		if err := m.s.Decide(in.ReferenceID, Dialled); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		a = m.want(200, "GET", "/v1/status/collection/"+in.ReferenceID, "")
		if a.get("requires_action") != "false" || a.get("status") != "COMPLETED" {
			t.Errorf("after 3-D Secure the API says %s", a.text)
		}
	})
}

func TestHTTP_Credentials(t *testing.T) {
	tell(t, Options{TokenLife: 2 * time.Minute}, func(t *testing.T, m *merchant) {
		detail := func(a answer, want string) {
			if a.get("detail") != want {
				t.Errorf("HTTP %d says %s, want %s", a.status, a.text, want)
			}
		}
		const path = "/v1/status/collection/" + ref1
		detail(m.want(401, "GET", path, ""), "Not authenticated")
		detail(m.want(401, "GET", path, "", "Authorization", "Basic eA=="), "Not authenticated")
		detail(m.want(401, "GET", path, "", "Authorization", "Bearer nonsense"), "Could not validate credentials")
		// The anon key is a token too, but of somebody else's.
		detail(m.want(401, "GET", path, "", "Authorization", "Bearer "+m.s.AnonKey()), "Could not validate credentials")
		detail(m.want(401, "POST", "/v1/jwt/client/obtain/token", `{"client_id":"`+m.s.opt.ClientID+`","client_secret":"no"}`),
			"Could not validate credentials")
		m.login()
		m.want(404, "GET", path, "")
		time.Sleep(121 * time.Second)
		detail(m.want(401, "GET", path, ""), "Could not validate credentials")
	})
}

func TestHTTP_RefusesWhatIsWrongInItsOwnWords(t *testing.T) {
	const execution = "/v1/executions/collection"
	const key = "/v1/realtime-keys/collection"
	tests := []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"an unknown path", "GET", "/v1/payouts", "", 404, `{"detail":"Not Found"}`},
		{"a path too long", "GET", "/v1/status/source/1", "", 404, `{"detail":"Not Found"}`},
		{"the wrong method", "DELETE", execution, "", 405, `{"detail":"Method Not Allowed"}`},
		{"no body", "POST", execution, "", 422, `"loc":["body"]`},
		{"bad JSON", "POST", execution, `{"session_id"`, 422, `"type":"value_error.jsondecode"`},
		{"a list", "POST", execution, `[]`, 422, `"type":"type_error.dict"`},
		{"a field missing", "POST", execution, `{"session_id":"1","payment_account_id":"1","reference_id":"` + ref1 + `"}`,
			422, `{"detail":[{"loc":["body","currency"],"msg":"field required","type":"value_error.missing"}]}`},
		{"an integer session", "POST", execution, `{"session_id":55,"payment_account_id":"1","currency":"USD","reference_id":"` + ref1 + `"}`,
			422, `{"detail":[{"loc":["body","session_id"],"msg":"str type expected","type":"type_error.str"}]}`},
		{"an unknown session", "POST", execution, `{"session_id":"55","payment_account_id":"1","currency":"USD","reference_id":"` + ref1 + `"}`,
			404, `Checkout session not found`},
		{"a reference that is no UUID v4", "POST", execution, `{"session_id":"55","payment_account_id":"1","currency":"USD","reference_id":"550e8400-e29b-11d4-a716-446655440000"}`,
			422, `"loc":["body","reference_id"]`},
		{"a key for a session in a string", "POST", key, `{"session_id":"55","source_type":"ORDER","reference_id":"` + ref1 + `"}`,
			422, `"type":"type_error.integer"`},
		{"a key without a source type", "POST", key, `{"session_id":55,"reference_id":"` + ref1 + `"}`,
			422, `{"detail":[{"loc":["body","source_type"],"msg":"field required","type":"value_error.missing"}]}`},
		{"a key for an unknown session", "POST", key, `{"session_id":55,"source_type":"ORDER","reference_id":"` + ref1 + `"}`,
			404, `Checkout session not found`},
		{"a status of no reference", "GET", "/v1/status/collection/55", "", 422, `"loc":["path","reference_id"]`},
		{"a status of an unknown reference", "GET", "/v1/status/collection/" + ref1, "", 404, `Collection not found`},
		{"a source without its id", "GET", "/v1/status/source?source_type=ORDER", "", 422, `"loc":["query","source_id"]`},
		{"an unknown source", "GET", "/v1/status/source?source_type=ORDER&source_id=9", "", 404, `Source not found`},
		{"a subscription", "POST", "/v1/checkouts/create", strings.Replace(checkoutBody, "ORDER", "SUBSCRIPTION", 1), 422, `"loc":["body","source_kind"]`},
		{"no items", "POST", "/v1/checkouts/create", checkoutBody[:strings.Index(checkoutBody, `,"items"`)] + `,"items":[]}`, 422, `"loc":["body","items"]`},
		{"an amount of nothing", "POST", "/v1/checkouts/create", strings.Replace(checkoutBody, "1200.50", "0.00", 1), 422, `"loc":["body","items","0","amount"]`},
		{"an amount with an exponent", "POST", "/v1/checkouts/create", strings.Replace(checkoutBody, "1200.50", "1e9", 1), 422, `"loc":["body","items","0","amount"]`},
		{"a payout", "POST", "/v1/payment-accounts/create?operation_type=PAYOUT", momoAccount, 422, `"loc":["query","operation_type"]`},
		{"a network of another country", "POST", "/v1/payment-accounts/create?operation_type=COLLECTION",
			strings.Replace(momoAccount, `"LR"`, `"RW"`, 1), 422, `"loc":["body","country_code"]`},
		{"a number of no network", "GET", "/v1/predictions/mmo-provider-info?phone=4915112345678&operation_type=COLLECTION", "", 404, `No mobile money provider`},
		{"a body over 1 MiB", "POST", execution, `{"a":"` + strings.Repeat("x", 1<<20) + `"}`, 413, `too large`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tell(t, Options{}, func(t *testing.T, m *merchant) {
				a := m.login().want(test.status, test.method, test.path, test.body)
				if !strings.Contains(a.text, test.says) || !json.Valid([]byte(a.text)) {
					t.Errorf("it says %s, want %s", a.text, test.says)
				}
			})
		})
	}
}

// One reference is one payment, one session one attempt.
func TestHTTP_AnExecutionIsMadeOnce(t *testing.T) {
	const ref2 = "550e8400-e29b-41d4-a716-446655440001"
	tell(t, Options{SessionLife: time.Minute}, func(t *testing.T, m *merchant) {
		m.login()
		first, second := m.execute(checkoutBody, momoAccount, ref1), m.execute(checkoutBody, momoAccount, ref1)
		m.want(200, "POST", "/v1/executions/collection", first)
		for body, says := range map[string]string{
			second:                                "another session",
			strings.Replace(first, ref1, ref2, 1): "already executed",
			strings.Replace(strings.Replace(second, ref1, ref2, 1), `"LRD"`, `"USD"`, 1):        "source's currency",
			strings.Replace(second, ref1, ref2, 1)[:len(second)-1] + `,"payment_account_id":9}`: "str type",
		} {
			if a := m.want(422, "POST", "/v1/executions/collection", body); !strings.Contains(a.text, says) {
				t.Errorf("%s is refused with %s, want %s", body, a.text, says)
			}
		}
		time.Sleep(2 * time.Minute)
		a := m.want(422, "POST", "/v1/executions/collection", strings.Replace(second, ref1, ref2, 1))
		if !strings.Contains(a.text, "expired") {
			t.Errorf("an old session is refused with %s", a.text)
		}
	})
}

func TestHTTP_AKeyShowsItsOwnPaymentOnly(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		mine := m.start(Order{Scenario: "declined", After: 10 * time.Second})
		other := m.start(Order{Scenario: "declined", After: 10 * time.Second})
		m.want(404, "POST", "/v1/realtime-keys/collection",
			fmt.Sprintf(`{"session_id":%d,"source_type":%q,"reference_id":%q}`, mine.SessionID, mine.SourceType, other.ReferenceID))
		spy := m.listen(other, m.key(mine))
		time.Sleep(time.Minute)
		if got := spy.words(); got != "reply ok, system ok" {
			t.Errorf("a key of one payment heard of another: %s", got)
		}
	})
}

func TestHTTP_HasARateLimitIfWanted(t *testing.T) {
	tell(t, Options{Rate: 2, Burst: 3}, func(t *testing.T, m *merchant) {
		m.login()
		m.want(404, "GET", "/v1/status/collection/"+ref1, "")
		m.want(404, "GET", "/v1/status/collection/"+ref1, "")
		a := m.want(429, "GET", "/v1/status/collection/"+ref1, "")
		if a.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
		}
		time.Sleep(time.Second)
		m.want(404, "GET", "/v1/status/collection/"+ref1, "")
	})
}

// The row is what the real table looked like on the wire: exact numbers, typed columns.
func TestHTTP_AmountsKeepTheirScaleOnTheChannelToo(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		m.login()
		in := m.start(Order{Scenario: "declined", After: 10 * time.Second, Amount: "9007199254740.50", Currency: "USD"})
		ear := m.listen(in, m.key(in))
		time.Sleep(time.Minute)
		_, rows := ear.all()
		if len(rows) != 3 {
			t.Fatalf("heard %s", ear.words())
		}
		for _, row := range rows {
			for _, want := range []string{"9007199254740.50", `"numeric"`, in.ReferenceID, `"USD"`} {
				if !strings.Contains(row, want) {
					t.Errorf("the row is %s, want %s in it", row, want)
				}
			}
		}
	})
}
