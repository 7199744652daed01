package realtime

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestSecrets_NoPrinterShowsAKey(t *testing.T) {
	const hush = "hush-hush"
	config := Config{URL: "https://project.example/x", APIKey: hush}
	token := Token{Text: hush, Expires: time.Now()}
	client := New(Config{URL: "http://127.0.0.1:1", APIKey: hush})
	defer client.Close()
	channel := &Channel{client: client, key: token}
	probe := &Probe{}
	holder := struct {
		Config Config
		Token  Token
		Client *Client
	}{config, token, client}
	for _, value := range []any{
		config, &config, token, &token, client, channel, probe, client.dialer, holder, &holder,
		[]Token{token}, map[string]Config{"k": config},
	} {
		var shown bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&shown, verb+"\n", value)
		}
		encoded, err := json.Marshal(value)
		if err != nil && !strings.Contains(err.Error(), "unsupported type") {
			t.Errorf("JSON of %T: %v", value, err)
		}
		shown.Write(encoded)
		slog.New(slog.NewTextHandler(&shown, nil)).Info("x", "value", value)
		slog.New(slog.NewJSONHandler(&shown, nil)).Info("x", "value", value)
		for _, leak := range []string{"hush", fmt.Sprintf("%x", "hush"), fmt.Sprintf("%X", "hush"), fmt.Sprint([]byte("hush"))[1:10]} {
			if strings.Contains(shown.String(), leak) {
				t.Errorf("a %T shows its key", value)
				break
			}
		}
	}
	if shown := fmt.Sprint(config); !strings.Contains(shown, "project.example") {
		t.Errorf("a Config prints as %q, without its host", shown)
	}
}
