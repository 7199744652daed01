package dollr

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"tillwatch/watch"
)

const hidden = watch.Hidden

// secret is text that no printer shows. It sits in a closure, so even one that walks
// unexported fields by reflection finds only a function there.
type secret struct{ reveal func() string }

func hide(text string) secret { return secret{func() string { return text }} }

// Format prints the secret as "•••" under every verb.
func (secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// shape is what may be shown of a Config.
func (c Config) shape() string {
	base := "unusable"
	if u, err := parseBase(c.BaseURL); err == nil {
		base = u.Host
	}
	return "dollr.Config{host " + base + ", id and secret " + hidden + "}"
}

// Format prints the host alone, under every verb: id and secret are never shown.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.shape()) }

// Format prints the host alone, under every verb.
func (c *Client) Format(f fmt.State, _ rune) {
	_, host := Stake(c.base, false)
	_, _ = io.WriteString(f, "dollr.Client{host "+host+"}")
}

// LogValue shows the host alone.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.shape()) }

// MarshalJSON shows the host alone.
func (c Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.shape()) }
