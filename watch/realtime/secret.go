package realtime

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"

	"github.com/go-json-experiment/json"
)

// hidden stands where a secret would.
const hidden = "•••"

// shape is what may be shown of a Config.
func (c Config) shape() string {
	host := "unusable"
	if u, err := url.Parse(c.URL); err == nil && u.Host != "" {
		host = u.Host
	}
	return "realtime.Config{host " + host + ", key " + hidden + "}"
}

// Format prints the host alone, under every verb: the key is never shown.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.shape()) }

// LogValue shows the host alone.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.shape()) }

// MarshalJSON shows the host alone.
func (c Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.shape()) }

// Format prints three dots, under every verb.
func (Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue is three dots.
func (Token) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON is three dots.
func (Token) MarshalJSON() ([]byte, error) { return json.Marshal(hidden) }

// The parts below hold a key in a field that fmt would print without asking it, so each
// prints as its name alone.

// Format prints no field, under every verb.
func (*Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "realtime.Client") }

// Format prints no field, under every verb.
func (*Channel) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "realtime.Channel") }

// Format prints no field, under every verb.
func (*Probe) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "realtime.Probe") }

// Format prints no field, under every verb.
func (*dialer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "realtime.dialer") }
