package logbook

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

// dumped is the lines of a dump that do gives something to.
func dumped(t *testing.T, path string, do func(*Dump)) []string {
	t.Helper()
	d, err := OpenDump(path, map[string]string{"version": "7"}, func(text string) { t.Error(text) })
	if err != nil {
		t.Fatal(err)
	}
	do(d)
	d.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
		if found := leaked(line); found != "" {
			t.Errorf("%q is in %s", found, line)
		}
	}
	return lines
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestDump_FramesAreWhatTheyWereWithoutSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wire.jsonl")
	frames := []struct{ kind, data, want string }{
		{"open", "wss://x.supabase.co/realtime/v1/websocket?apikey=•••&vsn=2.0.0", `"type":"open","text":"wss://x.supabase.co/realtime/v1/websocket?apikey=•••&vsn=2.0.0"}`},
		{"text", `["1","1","realtime:payment-intent:55:` + reference + `","phx_join",{"config":{},"access_token":"no-jwt-at-all"}]`,
			`"way":"out","type":"text","bytes":131,"frame":["1","1","realtime:payment-intent:55:` + reference + `","phx_join",{"access_token":"•••","config":{}}]}`},
		{"text", `["1","2","t","access_token",{"access_token":"` + token + `"}]`, `["1","2","t","access_token",{"access_token":"•••"}]}`},
		{"text", `[null,null,"t","postgres_changes",{"data":{"record":{"phone":` + number + `,"payer":"+231 88 345 6789","reference_id":"` + reference + `","amount":98765432.10,"id":1098765432}}}]`,
			`"record":{"amount":98765432.10,"id":"109****432","payer":"231******789","phone":"231******789","reference_id":"` + reference + `"}`},
		{"text", `["1","1","t","phx_reply",{"response":{"reason":"InvalidJWT: ` + token + ` of ` + ownSecret + ` and <` + number + `>"},"status":"error"}]`,
			`"reason":"InvalidJWT: ••• of ••• and <231******789>"`},
		{"text", "not\n{\"at\": JSON " + token + " \u202e" + number, `"text":"not {\"at\": JSON ••• 231******789"}`},
		{"text", "", `"type":"text"}`},
		{"binary", "\x00\x01" + token, `"type":"binary","bytes":51}`},
		{"refused", "403 no socket for +231 88 345 6789, " + token, `"type":"refused","text":"403 no socket for 231******789, •••"}`},
		{"close", "the server closed the socket with code 1001", `"type":"close","text":"the server closed the socket with code 1001"}`},
	}
	lines := dumped(t, path, func(d *Dump) {
		for i, f := range frames {
			d.Frame(Frame{At: noon, Socket: 3, Out: i == 1, Type: f.kind, Data: []byte(f.data)})
		}
	})
	if len(lines) != 1+len(frames) || !strings.HasPrefix(lines[0], `{"dump":"tillwatch.dump.v1","at":"`) || !strings.Contains(lines[0], `"version":"7"`) {
		t.Fatalf("%d lines, the first is %s", len(lines), lines[0])
	}
	for i, f := range frames {
		if line := lines[1+i]; !strings.HasPrefix(line, `{"at":"2026-11-22T12:00:00.000Z","kind":"ws","socket":3,`) || !strings.Contains(line, f.want) {
			t.Errorf("%s became\n%s, want\n%s", f.data, line, f.want)
		}
	}
}

func TestDump_ACallIsOneLine(t *testing.T) {
	lines := dumped(t, filepath.Join(t.TempDir(), "wire.jsonl"), func(d *Dump) {
		d.Call(Call{At: noon, Took: 1500 * time.Microsecond, Method: "POST", URL: "https://api.example/v1/x?a=b&c=d", Header: map[string]string{"Authorization": "•••"},
			Body: "{\n  \"session_id\": 55\n}", Code: 200, Answered: map[string]string{"Retry-After": "14"}, Answer: "{\n  \"big\": [\n…"})
		d.Call(Call{At: noon, Method: "GET", URL: "https://api.example/v1/y", Err: "no answer in time"})
	})
	for i, want := range []string{
		`{"at":"2026-11-22T12:00:00.000Z","kind":"http","took_ms":1.5,"method":"POST","url":"https://api.example/v1/x?a=b&c=d","request":{"headers":{"Authorization":"•••"},"body":{"session_id":55}},"code":200,"response":{"headers":{"Retry-After":"14"},"body":"{\n  \"big\": [\n…"}}`,
		`{"at":"2026-11-22T12:00:00.000Z","kind":"http","took_ms":0,"method":"GET","url":"https://api.example/v1/y","request":{},"error":"no answer in time"}`,
	} {
		if lines[1+i] != want {
			t.Errorf("got  %s\nwant %s", lines[1+i], want)
		}
	}
}

func TestDump_ALargeFrameIsCut(t *testing.T) {
	lines := dumped(t, filepath.Join(t.TempDir(), "wire.jsonl"), func(d *Dump) {
		d.Frame(Frame{Type: "text", Data: []byte("[" + strings.Repeat(`"`+reference+`",`, 1000) + "0]")})
	})
	if n := len(lines[1]); n < 16<<10 || n > 20<<10 || !strings.Contains(lines[1], `"bytes":39003`) || !strings.HasSuffix(lines[1], `…"}`) {
		t.Errorf("%d bytes: …%s", n, lines[1][n-30:])
	}
}

func TestDump_ContinuesADumpAndLeavesAnyOtherFileAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wire.jsonl")
	frame := func(d *Dump) { d.Frame(Frame{Type: "text", Data: []byte("[]")}) }
	dumped(t, path, frame)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if n := len(dumped(t, path, frame)); n != 4 {
		t.Errorf("%d lines after two runs, want 4", n)
	}
	if got := mode(t, path); got != 0o600 {
		t.Errorf("it is %04o", got)
	}
	other := filepath.Join(filepath.Dir(path), "payments.jsonl")
	if err := os.WriteFile(other, []byte(`{"session_id":55}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		other:             other + " is there already and no dump: give another name, or remove it",
		t.TempDir():       "it is a folder",
		"/nowhere/at/all": "/nowhere/at/all cannot be written: no such file or directory",
		"/dev/stdout":     "it is a symbolic link: name the file itself",
		"/dev/null":       "it is no plain file",
	} {
		if _, err := OpenDump(name, map[string]string{}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if text, _ := os.ReadFile(other); string(text) != `{"session_id":55}` || mode(t, other) != 0o644 {
		t.Errorf("it became %s", text)
	}
}

// In JSON a secret with a quote is written another way.
func TestDump_HidesASecretWithAQuote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wire.jsonl")
	watch.AddSecret(`hush"hush`)
	d, err := OpenDump(path, map[string]string{}, func(text string) { t.Error(text) })
	if err != nil {
		t.Fatal(err)
	}
	d.Frame(Frame{Type: "text", Data: []byte(`["no hush\"hush","no \u0068ush\u0022hush"]`)})
	d.Call(Call{Answer: `{"detail": "no hush\"hush"}`, Err: `no hush"hush`})
	d.Close()
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "hush") || strings.Count(string(text), "no •••") != 4 {
		t.Errorf("%v; the dump is\n%s", err, text)
	}
}
