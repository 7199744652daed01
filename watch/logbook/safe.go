package logbook

import (
	"context"
	"fmt"
	"log/slog"
	"math"
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

// Safe is a handler that gives next nothing that could harm: messages, names and values
// become clean lines without secrets (those of hide too, wherever they stand) and without
// payers' numbers, groups, errors and LogValuers included. A watch.ID and a watch.Money
// keep their digits. What is neither text, number, time nor truth becomes text.
func Safe(next slog.Handler, hide []string) slog.Handler { return safe{next, hiding(hide)} }

// whole is an ID as an intake lets it pass: a reference, or a source's type and number.
var whole = regexp.MustCompile(`^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z]{1,20}:[0-9]{1,19})$`)

type safe struct {
	next slog.Handler
	hide *strings.Replacer
}

// hiding hides texts that are known to be secrets. A short one would eat half of every
// sentence, so the rule of six is the one of Dollr's client.
func hiding(known []string) *strings.Replacer {
	var pairs []string
	for _, secret := range known {
		if len(secret) >= 6 {
			for _, text := range append(watch.Written(secret), watch.Clean(secret, math.MaxInt)) {
				pairs = append(pairs, text, watch.Hidden)
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

// Enabled asks the next handler.
func (s safe) Enabled(ctx context.Context, level slog.Level) bool { return s.next.Enabled(ctx, level) }

// Handle passes a record on that holds nothing of the given one but safe copies.
func (s safe) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, s.text(r.Message, textMost), 0)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(s.attr(a))
		return true
	})
	return s.next.Handle(ctx, clean)
}

// WithAttrs makes them safe once.
func (s safe) WithAttrs(attrs []slog.Attr) slog.Handler {
	return safe{s.next.WithAttrs(s.attrs(attrs)), s.hide}
}

// WithGroup makes its name safe.
func (s safe) WithGroup(name string) slog.Handler {
	return safe{s.next.WithGroup(s.text(name, textMost)), s.hide}
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
	key := s.text(a.Key, textMost)
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
			return slog.String(key, s.text(string(v), textMost))
		case watch.Money:
			return slog.String(key, s.exact(v.String()))
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
		return s.text(value, textMost)
	}
	lines := strings.Split(value, "\n")
	for i := range lines {
		lines[i] = s.text(lines[i], textMost)
	}
	text := strings.Join(lines, "\n")
	if len(text) > stackMost {
		text = strings.ToValidUTF8(text[:stackMost], "") + "…"
	}
	return text
}

// text is one clean line of at most max characters. It is shortened last, for half a
// number or half a token is not recognized.
func (s safe) text(text string, max int) string {
	return watch.Clean(watch.MaskNumbers(s.exact(text)), max)
}

// exact is one clean line that keeps its numbers. Secrets are looked for before too, for
// cleaning may change the white space in one.
func (s safe) exact(text string) string {
	return watch.WithoutSecrets(s.hide.Replace(watch.Clean(s.hide.Replace(text), math.MaxInt)))
}
