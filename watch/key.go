package watch

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/go-json-experiment/json"
)

// shape is what may be shown of a Key.
func (k Key) shape() string { return "watch.Key{until " + k.Expires.UTC().Format(time.TimeOnly) + "}" }

// Format prints when the key expires and never its text, under every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.shape())) }

// LogValue shows when the key expires and never its text.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.shape()) }

// MarshalJSON shows when the key expires and never its text.
func (k Key) MarshalJSON() ([]byte, error) { return json.Marshal(k.shape()) }
