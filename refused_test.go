//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"tillwatch/ui/lines"
)

// A Dollr whose keys or whose statuses are refused, for one payment or for all. Credentials
// count as refused when the token call or the statuses say so, and never for one payment alone.
func TestWatch_WhatIsRefusedAndWhatIsNot(t *testing.T) {
	const one, other = "550e8400-e29b-41d4-a716-446655440000", "650e8400-e29b-41d4-a716-446655440000"
	for name, c := range map[string]struct {
		token, key int
		status     func(reference string, n int32) int
		want       int
		says       []string
	}{
		"a 401 on the keys alone": {200, 401, func(string, int32) int { return 200 }, lines.AllPaid, []string{`"verdict":"PAID"`, "(401)"}},
		"a 403 on the keys alone": {200, 403, func(string, int32) int { return 200 }, lines.AllPaid, []string{`"verdict":"PAID"`, "(403)"}},
		"a 401 on every status":   {200, 200, func(string, int32) int { return 401 }, lines.LoginRefused, []string{"LOGIN REFUSED"}},
		"a 403 on every status":   {200, 200, func(string, int32) int { return 403 }, lines.LoginRefused, []string{"LOGIN REFUSED"}},
		"a 401 on the token":      {401, 200, func(string, int32) int { return 200 }, lines.LoginRefused, []string{"LOGIN REFUSED"}},
		"a 403 on one status": {200, 200, func(reference string, _ int32) int {
			return map[string]int{one: 403, other: 200}[reference]
		}, lines.SomeUnresolved, []string{`"verdict":"PAID"`, "(403)"}},
		"a 401 on one status": {200, 200, func(reference string, _ int32) int {
			return map[string]int{one: 401, other: 200}[reference]
		}, lines.SomeUnresolved, []string{`"verdict":"PAID"`, "(401)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var reads atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := func(code int, body string) {
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(code)
					fmt.Fprint(w, body)
				}
				switch reference, isStatus := strings.CutPrefix(r.URL.Path, "/v1/status/collection/"); {
				case isStatus:
					n, word := reads.Add(1), "PROCESSING"
					if n > 6 {
						word = "COMPLETED"
					}
					answer(c.status(reference, n), fmt.Sprintf(`{"reference_id":%q,"status":%q,"payer_amount":"1.00","payer_currency":"USD"}`, reference, word))
				case strings.HasPrefix(r.URL.Path, "/v1/realtime-keys/"):
					answer(c.key, `{"access_token":"k","expires_in":300}`)
				default:
					answer(c.token, `{"access_token":"t","expires_in":60}`)
				}
			}))
			defer server.Close()
			home := t.TempDir()
			var payments strings.Builder
			for i, reference := range []string{one, other} {
				fmt.Fprintf(&payments, `{"reference_id":%q,"session_id":%d,"source_type":"ORDER","source_id":%d}`+"\n", reference, 55+i, 101+i)
			}
			if err := os.WriteFile(filepath.Join(home, "payments.jsonl"), []byte(payments.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("tillwatch", "watch", "--json", "--no-follow", "--timeout", "12s", "-f", "payments.jsonl")
			cmd.Dir, cmd.Env = home, []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "DOLLR_BASE_URL=" + server.URL,
				"DOLLR_CLIENT_ID=a", "DOLLR_CLIENT_SECRET=b", "SUPABASE_URL=" + server.URL, "SUPABASE_ANON_KEY=anon"}
			var out, said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &said
			var exit *exec.ExitError
			if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if got := cmd.ProcessState.ExitCode(); got != c.want {
				t.Errorf("it ends with %d, want %d\n%s%s", got, c.want, &out, &said)
			}
			for _, text := range c.says {
				if !strings.Contains(out.String(), text) {
					t.Errorf("it does not say %s:\n%s", text, &out)
				}
			}
			if c.want != lines.LoginRefused && strings.Contains(out.String(), "LOGIN REFUSED") {
				t.Errorf("it calls the login refused:\n%s", &out)
			}
		})
	}
}

// A server that leaves HTTP in the middle of a call, and one that sends more than it was asked
// for, with a secret in it. Neither is an answer, and neither is repeated on standard error.
func TestWatch_WhatLeavesHTTPIsNoAnswer(t *testing.T) {
	const reference, secret = "550e8400-e29b-41d4-a716-446655440000", "hush-hush-secret-4711"
	for name, said := range map[string]string{
		"101":                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
		"a 204 and more":     "HTTP/1.1 204 No Content\r\n\r\n" + secret + " 231883456789",
		"200, and then more": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" + secret + " 231883456789",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var reads atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch isStatus := strings.HasPrefix(r.URL.Path, "/v1/status/"); {
				case isStatus && reads.Add(1) == 1:
					connection, _, err := http.NewResponseController(w).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					t.Cleanup(func() { connection.Close() }) // it stays open
					_, _ = connection.Write([]byte(said))
				case isStatus:
					fmt.Fprintf(w, `{"reference_id":%q,"status":"COMPLETED"}`, reference)
				default:
					fmt.Fprint(w, `{"access_token":"t","expires_in":60}`)
				}
			}))
			defer server.CloseClientConnections()
			home := t.TempDir()
			cmd := exec.Command("tillwatch", "watch", "--json", "--timeout", "30s", reference)
			cmd.Dir, cmd.Env = home, []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "DOLLR_BASE_URL=" + server.URL,
				"DOLLR_CLIENT_ID=a", "DOLLR_CLIENT_SECRET=" + secret}
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), `"verdict":"PAID"`) {
				t.Errorf("it ends with %v:\n%s", err, out)
			}
			if strings.Contains(string(out), secret) || strings.Contains(string(out), "231883456789") || strings.Contains(string(out), "Unsolicited") {
				t.Errorf("what the server sent is repeated:\n%s", out)
			}
		})
	}
}
