package watch

import (
	"strings"
	"testing"
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
