package watch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestKey_NoPrinterShowsItsText(t *testing.T) {
	key := Key{Text: "eyJ-hush", Expires: time.Date(2026, 1, 1, 14, 30, 0, 0, time.UTC)}
	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, key), fmt.Sprintf(verb, &key), fmt.Sprintf(verb, []Key{key}))
	}
	encoded, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("minted", "key", key)
	for _, text := range append(shown, string(encoded), log.String()) {
		if strings.Contains(text, "hush") || strings.Contains(text, "68757368") || !strings.Contains(text, "14:30:00") {
			t.Errorf("shown as %q", text)
		}
	}
}
