package watch

import (
	"fmt"
	"strings"
	"testing"
)

// Most texts hold no secret, and a quick look says so; it must not say so of one that does.
func TestWithoutSecrets_TheQuickLookMissesNone(t *testing.T) {
	for _, text := range []string{
		"", "b", "bearer", "nothing", "a bear, a Bearer of news", "Bearer abcdefgh.1", "bBEARER  abc+efgh/", "no beaver bearer\tabcdefgh",
		"eyJhbGciOi.J9", "x eyJhbGciOi.J9.sig-_ y", "pi_3abc_secret_9", "_secret_", "BbBbearer 12345678", "beare", "(bearer 12345678)",
	} {
		if got, want := WithoutSecrets(text), secretText.ReplaceAllString(text, Hidden); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// A server that invents names can make us look at each of them, and not make us miss one.
func TestRedact_KnowsANameHoweverManyCameBefore(t *testing.T) {
	for i := range 2 * namesMost {
		Redact(fmt.Appendf(nil, `{"name_%d":1}`, i))
	}
	if len(namings.of) > namesMost {
		t.Errorf("%d names are remembered", len(namings.of))
	}
	for range 2 {
		if text := Redact([]byte(`{"anon_api_key_of_tomorrow":"hush","msisdn_of_tomorrow":231883456789}`)); strings.Contains(text, "hush") || strings.Contains(text, "883456") {
			t.Errorf("it says %s", text)
		}
	}
}

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
