package logbook

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"tillwatch/watch"
)

// How much is kept of a text, in characters.
const (
	textMost  = 2000
	stackMost = 32 << 10
)

// stackKey is the name of the one attribute that keeps its lines: a stack in one line is
// no help. In JSON the end of a line is two characters, so it can't end the entry.
const stackKey = "stack"

// Safe returns a handler that passes only safe text to next: it makes messages, names and values
// safe (see [watch.Safe]), those in groups, errors and LogValuers too. A watch.ID and a watch.Money
// keep their digits. A value that is no text, number, time or bool becomes text.
func Safe(next slog.Handler) slog.Handler { return safe{next} }

// whole is an ID as an intake lets it pass: a reference, or a source's type and number.
var whole = regexp.MustCompile(`^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z]{1,20}:[0-9]{1,19})$`)

type safe struct{ next slog.Handler }

// Enabled asks the next handler.
func (s safe) Enabled(ctx context.Context, level slog.Level) bool { return s.next.Enabled(ctx, level) }

// Handle passes a record on that holds nothing of the given one but safe copies.
func (s safe) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, watch.Safe(r.Message, textMost), 0)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(s.attr(a))
		return true
	})
	return s.next.Handle(ctx, clean)
}

// WithAttrs makes them safe once.
func (s safe) WithAttrs(attrs []slog.Attr) slog.Handler {
	return safe{s.next.WithAttrs(s.attrs(attrs))}
}

// WithGroup makes its name safe.
func (s safe) WithGroup(name string) slog.Handler {
	return safe{s.next.WithGroup(watch.Safe(name, textMost))}
}

func (s safe) attrs(attrs []slog.Attr) []slog.Attr {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = s.attr(a)
	}
	return clean
}

func (s safe) attr(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	key := watch.Safe(a.Key, textMost)
	switch value.Kind() {
	case slog.KindString:
		return slog.String(key, s.named(a.Key, value.String()))
	case slog.KindGroup:
		return slog.Attr{Key: key, Value: slog.GroupValue(s.attrs(value.Group())...)}
	case slog.KindTime:
		return slog.String(key, stamp(value.Time()))
	case slog.KindAny, slog.KindLogValuer:
		switch v := value.Any().(type) {
		case nil:
			return slog.Any(key, nil)
		case watch.ID:
			if whole.MatchString(string(v)) {
				return slog.String(key, string(v))
			}
			return slog.String(key, watch.Safe(string(v), textMost))
		case watch.Money:
			return slog.String(key, watch.SafeExact(v.String(), textMost))
		default:
			return slog.String(key, s.named(a.Key, fmt.Sprint(v)))
		}
	default: // numbers, truths and durations hold no text
		return slog.Attr{Key: key, Value: value}
	}
}

// named is the safe value of the attribute of that name.
func (s safe) named(key, value string) string {
	if key != stackKey || !strings.Contains(value, "\n") {
		return watch.Safe(value, textMost)
	}
	lines := strings.Split(value, "\n")
	for i := range lines {
		lines[i] = watch.Safe(lines[i], textMost)
	}
	text := strings.Join(lines, "\n")
	if len(text) > stackMost {
		text = strings.ToValidUTF8(text[:stackMost], "") + "…"
	}
	return text
}
