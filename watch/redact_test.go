package watch

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A server may repeat a secret in JSON, where a quote in it is written another way.
func TestWritten_FindsASecretInWhatRedactMakes(t *testing.T) {
	for _, secret := range []string{"hush-hush", `hush"hush\hush`, "hush<&>/+="} {
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret)
		text := Redact([]byte(`{"detail":"no ` + quoted + ` here"}`))
		for _, form := range Written(secret) {
			text = strings.ReplaceAll(text, form, Hidden)
		}
		if !strings.Contains(text, `"no `+Hidden+` here"`) {
			t.Errorf("%q is left in %s", secret, text)
		}
	}
}

// What is quick must find all that the search itself finds: texts are made of the parts that
// secrets and numbers are made of.
func TestQuickLooks_MissNothingThatTheSearchFinds(t *testing.T) {
	parts := []string{"eyJ", "hbGciOiJIUzI1NiJ9", ".", "Bearer", "bEARER", " ", "\t", "pi_3", "_secret_", "x1", "231", "77", "0000", "789",
		"-", "(", "12", "2026-11-27", "550e8400-e29b-41d4-a716-446655440000", "é", "K"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 12).Draw(t, "text"), "")
		if got, want := WithoutSecrets(text), secretText.ReplaceAllString(text, Hidden); got != want {
			t.Errorf("%q becomes %q, the search makes %q", text, got, want)
		}
		if digitsIn(text) < tellingDigits {
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

func BenchmarkRedact(b *testing.B) {
	answer := []byte(`{"reference_id":"550e8400-e29b-41d4-a716-446655440000","status":"COMPLETED","operation_type":"COLLECTION",` +
		`"payer_amount":1500.00,"payer_currency":"LRD","payee_amount":1470.00,"payee_currency":"LRD","provider_transaction_id":"ABC-31337",` +
		`"gateway_message":null,"wallet_message":"Paid from 231770000789","requires_action":false}`)
	b.ReportAllocs()
	for b.Loop() {
		Redact(answer)
	}
}
