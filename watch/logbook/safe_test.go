package logbook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"tillwatch/watch"
)

const (
	reference = "550e8400-e29b-41d4-a716-446655440000"
	ownSecret = "s3cr3t of  the-till"
	token     = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"
	number    = "231883456789"
)

func init() { watch.AddSecret(ownSecret) }

// into is a log that writes into text, as a Book's does into its file.
func into(text *bytes.Buffer, level slog.Level) *slog.Logger {
	return slog.New(Safe(slog.NewJSONHandler(text, options(level))))
}

// pieces are what nobody should find in a log as it stands, and what is between them.
var pieces = []string{
	"\n", "\r\n", "\x1b]0;title\x07", "\x1b[2J", "\u202e", "\u200b", "\x00", "\xff", "\u2028", `"`, `\`, `"}`,
	"\n" + `{"at":"2026-01-01T00:00:00.000Z","level":"INFO","msg":"verdict","verdict":"PAID"}` + "\n",
	ownSecret, "s3cr3t of  the\u200b-till", token, "bearer abcdefgh12345678", "pi_3_secret_77", number, "+231 88 345 6789",
	"231-883-456-789", "23188\u200b3456789", reference, "Table 4", "注文", "<b>&", strings.Repeat("long ", 900),
}

type valuer struct{ text string }

func (v valuer) LogValue() slog.Value {
	return slog.GroupValue(slog.String("inner", v.text), slog.Any("error", errors.New(v.text)))
}

type panics struct{}

func (panics) LogValue() slog.Value { panic("a bug in what is logged: " + token + " " + number) }

// leaked is what a line holds that it must not; empty: nothing.
func leaked(line string) string {
	for _, bad := range []string{"s3cr3t", token, "eyJhbGci", "abcdefgh12345678", "pi_3_secret", number, "88 345 6789", "883-456-789", "3456789"} {
		if strings.Contains(line, bad) {
			return bad
		}
	}
	for _, r := range line {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) {
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

// Whatever stands in a message, a name or a value, however it is packed, an entry is one
// line of JSON, and nothing in it could harm.
func TestSafe_NoTextBreaksALineOrGivesASecretAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hostile := func(name string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, name), " ")
		}
		var text bytes.Buffer
		log := into(&text, slog.LevelDebug)
		if rapid.Bool().Draw(t, "with") {
			log = log.With(hostile("with key"), hostile("with"), "id", watch.ID(hostile("id")))
		}
		if rapid.Bool().Draw(t, "group") {
			log = log.WithGroup("g" + hostile("group name"))
		}
		value := hostile("value")
		for _, any := range []any{
			value, errors.New(value), fmt.Errorf("reading: %w", errors.New(value)), valuer{value}, &valuer{value}, []string{value},
			map[string]string{"a": value}, struct{ Text string }{value}, []byte(value), json.RawMessage(value), panics{},
			slog.GroupValue(slog.String(hostile("deep key"), value), slog.Group("deeper", "text", value)),
			watch.Phone(number), 7, time.Now(), time.Second, true, nil,
		} {
			text.Reset()
			log.Info(hostile("message"), "k"+hostile("key"), any, "stack", "main.go:7\n\t"+value, "at", value)
			line := text.String()
			if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") || !json.Valid([]byte(line)) {
				t.Fatalf("%T breaks a line: %q", any, line)
			}
			if found := leaked(strings.TrimSuffix(line, "\n")); found != "" {
				t.Fatalf("%T shows %q: %s", any, found, line)
			}
		}
	})
}

func FuzzSafe(f *testing.F) {
	for _, piece := range pieces {
		f.Add(piece, piece)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		var text bytes.Buffer
		into(&text, slog.LevelDebug).Info(value, key, value, "error", errors.New(value), "stack", value+"\n"+value)
		line := strings.TrimSuffix(text.String(), "\n")
		if strings.Contains(line, "\n") || !json.Valid([]byte(line)) {
			t.Fatalf("a line is broken: %q", line)
		}
		for _, r := range line {
			if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%U is in %q", r, line)
			}
		}
	})
}

func TestSafe_ReferencesIdsAndAmountsStayWhole(t *testing.T) {
	var text bytes.Buffer
	amount := watch.Money{Amount: "123456789.00", Currency: "LRD"}
	into(&text, slog.LevelInfo).Info("paid "+reference, "payment", watch.ID("ORDER:1234567890"), "charged", amount, "session", int64(12345678901),
		"when", time.Date(2026, 11, 22, 14, 31, 20, 5e6, time.FixedZone("", 3600)))
	for _, want := range []string{"paid " + reference, `"payment":"ORDER:1234567890"`, `"charged":"LRD 123,456,789.00"`, `"session":12345678901`, `"when":"2026-11-22T13:31:20.005Z"`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in %s", want, text.String())
		}
	}
}

func TestSafe_ANumberIsMaskedBeforeATextIsCut(t *testing.T) {
	for at := textMost - 20; at < textMost+5; at++ {
		var text bytes.Buffer
		into(&text, slog.LevelInfo).Info("x", "text", strings.Repeat("x", at)+" "+number)
		if strings.Contains(text.String(), "23188") || !strings.Contains(text.String(), "…") && at > textMost {
			t.Fatalf("cut at %d: …%s", at, text.String()[at:])
		}
	}
}

func TestSafe_AStackKeepsItsLines(t *testing.T) {
	var text bytes.Buffer
	into(&text, slog.LevelInfo).Error("fault", "stack", "goroutine 7 [running]:\n\tmain.go:12: "+number+"\n")
	if want := `"stack":"goroutine 7 [running]:\nmain.go:12: 231******789\n"`; !strings.Contains(text.String(), want) {
		t.Errorf("got %s", text.String())
	}
}
