package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestSecret_PrintsAsThreeDotsWhoeverPrintsIt(t *testing.T) {
	secret := NewSecret("hush-hush")
	holder := struct {
		Open   Secret
		hidden Secret // fmt prints this one without asking its methods
		Within map[string]Secret
	}{secret, secret, map[string]Secret{"k": secret}}

	var said bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s"} {
		fmt.Fprintf(&said, verb+"\n", secret)
		fmt.Fprintf(&said, verb+"\n", &secret)
		fmt.Fprintf(&said, verb+"\n", holder)
		fmt.Fprintf(&said, verb+"\n", &holder)
	}
	fmt.Fprintln(&said, fmt.Errorf("refused: %v", secret), secret.String())
	slog.New(slog.NewTextHandler(&said, nil)).Info("login", "secret", secret, "in", holder)
	slog.New(slog.NewJSONHandler(&said, nil)).Info("login", "secret", secret, "in", holder)
	text, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	said.Write(text)

	for _, leak := range []string{"hush", fmt.Sprintf("%x", "hush"), fmt.Sprintf("%X", "hush"), fmt.Sprint([]byte("hush"))[1:10]} {
		if strings.Contains(said.String(), leak) {
			t.Errorf("%q leaked into:\n%s", leak, said.String())
		}
	}
	if !strings.Contains(string(text), `"Open":"•••"`) {
		t.Errorf("JSON is %s", text)
	}
	if secret.Reveal() != "hush-hush" || !secret.Given() {
		t.Error("Reveal does not give the secret")
	}
}

func TestSecret_OfNothingIsNotGiven(t *testing.T) {
	if s := NewSecret(""); s.Given() || s.Reveal() != "" {
		t.Errorf("an empty secret is given: %q", s.Reveal())
	}
}

func TestSecretFile_IsReadWhenItIsMineAlone(t *testing.T) {
	s := newSession(t, "DOLLR_CLIENT_ID=shop")
	path := s.file("secret", "\ufeff  hush-hush\r\n", 0o600) // as Notepad writes it
	s.environ = append(s.environ, "DOLLR_CLIENT_SECRET_FILE="+path)
	w := s.run("watch").watches()
	if got := w.ClientSecret.Reveal(); got != "hush-hush" {
		t.Errorf("read %q", got)
	}
	if got, want := s.origin("dollr_client_secret_file"), "environment variable DOLLR_CLIENT_SECRET_FILE"; got != want {
		t.Errorf("origin is %q, want %q", got, want)
	}
}

func TestSecretFile_ThatOthersCanReadIsRefusedWithWhatToDo(t *testing.T) {
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o602} {
		s := newSession(t, "DOLLR_CLIENT_ID=shop")
		path := s.file("secret", "hush-hush\n", 0o600)
		chmod(t, path, mode)
		s.run("watch", "--client-secret-file", path).refused("chmod 600 "+path, fmt.Sprintf("%04o", mode), "--client-secret-file")
		if strings.Contains(s.said, "hush") {
			t.Errorf("the secret is in: %s", s.said)
		}
	}
}

func TestSecretFile_ThatIsOddIsNamed(t *testing.T) {
	s := newSession(t, "DOLLR_CLIENT_ID=shop")
	for want, path := range map[string]string{
		"is empty":                          s.file("empty", "\n \n", 0o600),
		"more than one line":                s.file("two", "hush\nhush\n", 0o600),
		"larger than 64 KiB":                s.file("large", strings.Repeat("h", 65<<10), 0o600),
		"/nothing: no such file":            filepath.Join(s.home, "nothing"),
		"./nothing: no such file":           "./nothing",
		"~/nothing: no such file":           "~/nothing", // no shell reads it here
		"is a folder":                       s.home,
		`/\x1b[2J": no such file`:           s.home + "/\x1b[2J", // shown, not obeyed by the terminal
		"--client-secret-file: want a file": "",
	} {
		s.run("watch", "--client-secret-file", path).refused(want)
		if strings.Contains(s.said, "hush") || strings.Contains(s.said, "\x1b") {
			t.Errorf("it says too much: %q", s.said)
		}
	}
}

// Of two settings that differ by _FILE the wrong one is soon taken.
func TestSecretFile_ASecretInItsPlaceIsNotRepeated(t *testing.T) {
	for name, secret := range map[string]string{
		"a secret":            "sk_live_hush-hush",
		"letters of base64":   "hush/hush+hush==",
		"longer than a name":  strings.Repeat("hush", 500),
		"longer, with slash":  "hush/" + strings.Repeat("hush", 500),
		"a name that is none": "hush\u202e",
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t, "DOLLR_CLIENT_ID=shop")
			const why = ": there is no such file: the name of a file is wanted, not the secret itself"
			s.run("watch", "--anon-key-file", secret).refused("flag --anon-key-file" + why)
			s.environ = append(s.environ, "DOLLR_CLIENT_SECRET_FILE="+secret)
			if s.run("watch").refused("environment variable DOLLR_CLIENT_SECRET_FILE" + why); strings.Contains(s.said, "hush") {
				t.Errorf("the secret is in: %s", s.said)
			}
			s.environ = s.environ[:1]
			s.settings("\nsupabase_anon_key_file = " + strconv.QuoteToASCII(secret) + "\n")
			if s.run("watch").refused("config.toml:2: supabase_anon_key_file" + why); strings.Contains(s.said, "hush") {
				t.Errorf("the secret is in: %s", s.said)
			}
		})
	}
}

func TestSettingsFile_WithASecretMustBeMineAlone(t *testing.T) {
	s := newSession(t)
	path := s.file(".config/tillwatch/config.toml",
		"dollr_client_id = \"shop\"\ndollr_client_secret = \"hush-hush\"\n", 0o644)
	s.run("watch").refused("chmod 600 " + path)

	chmod(t, path, 0o600)
	if w := s.run("watch").watches(); w.ClientSecret.Reveal() != "hush-hush" || w.ClientID != "shop" {
		t.Errorf("got %+v", w.Settings)
	}
}

func TestSecret_NearerPlaceWinsUnderEitherName(t *testing.T) {
	s := newSession(t, "DOLLR_CLIENT_ID=shop").settings("dollr_client_secret = \"from-the-settings\"\n")
	path := s.file("secret", "from-a-file", 0o600)
	s.environ = append(s.environ, "DOLLR_CLIENT_SECRET_FILE="+path)
	if got := s.run("watch").watches().ClientSecret.Reveal(); got != "from-a-file" {
		t.Errorf("got %q", got)
	}
	s.environ = append(s.environ, "DOLLR_CLIENT_SECRET=from-the-environment")
	s.run("watch").refused("DOLLR_CLIENT_SECRET and environment variable DOLLR_CLIENT_SECRET_FILE are both set")
	if got := s.run("watch").said; strings.Contains(got, "from-the") {
		t.Errorf("a secret is in: %s", got)
	}
}
