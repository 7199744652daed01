package watch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What is quick must find all that the search itself finds: texts are made of the parts that
// secrets and numbers are made of.
func TestQuickLooks_MissNothingThatTheSearchFinds(t *testing.T) {
	parts := []string{"eyJ", "hbGciOiJIUzI1NiJ9", ".", "Bearer", "bEARER", " ", "\t", "pi_3", "_secret_", "x1", "231", "77", "0000", "789",
		"-", "(", "12", "2026-11-27", "550e8400-e29b-41d4-a716-446655440000", "é", "K",
		"basic", "cGFzczp3b3Jk", "://", "u:p@", "api-key", "Token", "=", "PASSWORD", "passphrase", "٧٧٩", "８６０", "–"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 12).Draw(t, "text"), "")
		for _, search := range []*regexp.Regexp{secretText, basicText, userText, namedText} {
			if found := search.FindString(text); found != "" && !maySecret(text) {
				t.Errorf("%q is not looked at, and the search finds %q", text, found)
			}
		}
		if !mayNumber(text) {
			for _, at := range numbers.FindAllStringSubmatchIndex(text, -1) {
				if at[2] < 0 && at[4] < 0 {
					t.Errorf("%q has too few digits to be looked at, and the search finds %q", text, text[at[0]:at[1]])
				}
			}
		}
	})
}

// Somebody sends more names than any answer has, and longer ones: each is still looked at.
func TestRedact_HidesWhateverTheNamesAre(t *testing.T) {
	for n := range 2 * namesMost {
		for _, name := range []string{fmt.Sprint("client_secret_", n), strings.Repeat("x", n) + "_token"} {
			if text := Redact([]byte(`{"` + name + `":"hush-hush"}`)); strings.Contains(text, "hush") {
				t.Fatalf("%s: %s", name, text)
			}
		}
	}
	if len(nameKinds.byName) > namesMost {
		t.Errorf("%d names are held, more than %d", len(nameKinds.byName), namesMost)
	}
}

// What may be a payer's is masked whatever its name; ids of the payment, amounts and times stay.
func TestRedact_OnlyOurIdsAmountsAndTimesStayWhole(t *testing.T) {
	for body, want := range map[string]string{
		`{"mobile_number":"231779860789"}`:                                 `{"mobile_number":"231******789"}`,
		`{"payer":{"number":"0779860789","reference_id":2317798}}`:         `{"payer":{"number":"077****789","reference_id":"231*798"}}`,
		`{"wallet_id":7798607}`:                                            `{"wallet_id":"779*607"}`,
		`{"card_number":"4242 4242 4242 4242"}`:                            `{"card_number":"424*************242"}`,
		`{"customer_reference":"0779-860-789"}`:                            `{"customer_reference":"077****789"}`,
		`{"unknown":231779860789.0}`:                                       `{"unknown":"231*******890"}`,
		`{"unknown":2.31779860789e11}`:                                     `{"unknown":"231******789e11"}`,
		`{"231779860789":{"x":1}}`:                                         `{"231******789":{"x":1}}`,
		`{"id":7798607,"Amount":7798607,"payment_reference_id":"7798607"}`: `{"Amount":"779*607","id":"779*607","payment_reference_id":"779*607"}`,
		`{"status":"call ٢٣١٧٧٩٨٦٠٧٨٩"}`:                                   `{"status":"call 231******789"}`,
		`{"note":"२३१७७९८६०७८९ or ２３１ ７７９ ８６０ ７８９ or 231–779–860–789"}`: `{"note":"231******789 or 231******789 or 231******789"}`,
		`{"note":"²³¹⁷⁷⁹⁸⁶⁰⁷⁸⁹, 𝟐𝟑𝟏𝟕𝟕𝟗𝟖𝟔𝟎𝟕𝟖𝟗"}`:                         `{"note":"231******789, 231******789"}`,

		`{"payer_amount":1500000.00,"total_amount":"12345678.50","amount":98765432,"fee":17.999999999999996}`: `{"amount":98765432,"fee":17.999999999999996,"payer_amount":1500000.00,"total_amount":"12345678.50"}`,
		`{"payer_amount":"call 231779860789"}`: `{"payer_amount":"call 231******789"}`,
		`{"reference_id":"call 231779860789"}`: `{"reference_id":"call 231******789"}`,
		`{"session_id":90071992547,"source_id":"7798607000","source_number":"INV-20260001234","provider_transaction_id":"77986070001"}`: `{"provider_transaction_id":"77986070001","session_id":90071992547,"source_id":"7798607000","source_number":"INV-20260001234"}`,
		`{"executed_at":"2026-11-22T14:31:20.123456789Z","created_at":1795358400,"x":"22/11/2026 14:31, 2026-11-22 and 14:31:20"}`:      `{"created_at":1795358400,"executed_at":"2026-11-22T14:31:20.123456789Z","x":"22/11/2026 14:31, 2026-11-22 and 14:31:20"}`,
		`{"message":"limit 500000.00, charged LRD 1500000.00 or 1 500 000.00 LRD"}`:                                                     `{"message":"limit 500000.00, charged LRD 1500000.00 or 1 500 000.00 LRD"}`,
		`{"updated_at":231779860789}`: `{"updated_at":"231******789"}`,
	} {
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(Redact([]byte(body)))); err != nil || compact.String() != want {
			t.Errorf("%s\nbecomes %s\nwant    %s (%v)", body, compact.String(), want, err)
		}
	}
}

func BenchmarkRedact(b *testing.B) {
	answer := []byte(`{"reference_id":"550e8400-e29b-41d4-a716-446655440000","status":"COMPLETED","operation_type":"COLLECTION",` +
		`"payer_amount":1500.00,"payer_currency":"LRD","payee_amount":1470.00,"payee_currency":"LRD","provider_transaction_id":"ABC-31337",` +
		`"gateway_message":null,"wallet_message":"Paid from 231770000789","requires_action":false}`)
	b.ReportAllocs()
	for b.Loop() {
		Redact(answer)
	}
}
