package logbook

import (
	"log/slog"
	"strconv"
	"time"

	"tillwatch/watch"
)

// eventWords are what entries call the events of a payment.
var eventWords = map[watch.EventKind]string{
	watch.EventFilled: "payment filled in", watch.EventKey: "key", watch.EventNoKey: "no key",
	watch.EventJoining: "joining", watch.EventReady: "channel ready", watch.EventStalled: "channel stalled",
	watch.EventSpeaks: "channel speaks", watch.EventLost: "channel lost", watch.EventHint: "hint",
	watch.EventStray: "stray event", watch.EventAnswer: "answer", watch.EventFailure: "call failed",
	watch.EventAsked: "asked", watch.EventStopped: "stopped", watch.EventResumed: "resumed",
	watch.EventFault: "fault", watch.EventJoined: "joined",
}

// eventLevels are those of events that are not for a developer alone.
var eventLevels = map[watch.EventKind]slog.Level{
	watch.EventFilled: slog.LevelInfo, watch.EventAsked: slog.LevelInfo, watch.EventStopped: slog.LevelInfo,
	watch.EventResumed: slog.LevelInfo, watch.EventNoKey: slog.LevelWarn, watch.EventFailure: slog.LevelWarn,
	watch.EventFault: slog.LevelError,
}

// reasonWords say why a payment is a CHECK.
var reasonWords = map[watch.Reason]string{
	watch.Contradicted: "contradicted", watch.Short: "charged less", watch.Unconfirmed: "hint unconfirmed",
	watch.Unanswered: "no answers", watch.Overdue: "overdue", watch.NeverLanded: "never landed",
	watch.Rejected: "question refused", watch.Broken: "bug", watch.Damaged: "record damaged", watch.AmountUnknown: "amount unknown",
	watch.OtherCurrency: "other currency", watch.NotAboveZero: "amount not above zero", watch.Unreadable: "answers unreadable",
}

// Tell takes every Snapshot of a fleet. The first of a payment makes an entry, and each
// that brings another verdict, or another reason for it.
func (b *Book) Tell(s watch.Snapshot) {
	if !b.on(slog.LevelInfo) {
		return
	}
	id, now := s.ID(), seen{s.Label, s.Verdict, s.Reason}
	b.mu.Lock()
	before, known := b.seen[id]
	b.seen[id] = now
	b.mu.Unlock()
	if known && before.verdict == now.verdict && before.reason == now.reason {
		return
	}
	attrs := []slog.Attr{slog.Any("payment", id)}
	attrs = text(attrs, "label", s.Label)
	if !known {
		if s.Session != 0 {
			attrs = append(attrs, slog.Int64("session", s.Session))
		}
		if s.SourceID != 0 {
			attrs = append(attrs, slog.Any("source", watch.ID(s.SourceType+":"+strconv.FormatInt(s.SourceID, 10))))
		}
		attrs = text(attrs, "method", s.Method)
		attrs = money(attrs, "expected", s.Expected)
		b.write(s.At, slog.LevelInfo, "payment handed over", judged(attrs, &s)...)
		return
	}
	attrs = append(judged(attrs, &s), slog.String("was", before.verdict.String()))
	b.write(s.At, slog.LevelInfo, "verdict", attrs...)
}

// Verdicts is how many payments have which verdict, as far as [Book.Tell] has heard: a
// group for the last entry.
func (b *Book) Verdicts() slog.Attr {
	var counts [watch.Stopped + 1]int
	if b != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, s := range b.seen {
			counts[s.verdict]++
		}
	}
	var all []any
	for verdict, n := range counts {
		if n > 0 {
			all = append(all, slog.Int(watch.Verdict(verdict).String(), n))
		}
	}
	return slog.Group("verdicts", all...)
}

// judged adds the verdict and what it stands on.
func judged(attrs []slog.Attr, s *watch.Snapshot) []slog.Attr {
	attrs = append(attrs, slog.String("verdict", s.Verdict.String()))
	attrs = text(attrs, "reason", reasonWords[s.Reason])
	answer := s.Latest
	if s.Final.Code != 0 {
		answer = s.Final
	}
	if answer.Code != 0 {
		attrs = append(attrs, slog.Int("code", answer.Code), took(answer.Took))
		attrs = text(attrs, "status", answer.Status)
		attrs = money(attrs, "charged", answer.Payer)
		attrs = text(attrs, "unread_amount", answer.Unread)
	}
	return text(attrs, "trouble", s.Trouble)
}

// Note receives every Event of a fleet. What a person did is logged at info, what failed at warn, a
// bug at error, and the rest at debug. [Book.Tell] has already logged that a payment was handed
// over and that its verdict has changed.
func (b *Book) Note(e watch.Event) {
	what := eventWords[e.Kind]
	level, above := eventLevels[e.Kind]
	if !above {
		level = slog.LevelDebug
	}
	if what == "" || !b.on(level) {
		return
	}
	b.mu.Lock()
	label := b.seen[e.ID].label
	b.mu.Unlock()
	attrs := text([]slog.Attr{slog.Any("payment", e.ID)}, "label", label)
	attrs = append(attrs, slog.String("from", e.From.String()))
	attrs = text(attrs, "status", e.Word)
	if e.Code != 0 {
		attrs = append(attrs, slog.Int("code", e.Code))
	}
	if e.Kind == watch.EventAnswer {
		attrs = append(attrs, took(e.Took))
	}
	b.write(e.At, level, what, text(attrs, "text", e.Text)...)
}

// Health receives the state of the whole program, as often as the caller looks at it. A trouble
// that begins, ends or becomes another makes an entry.
func (b *Book) Health(h watch.Health) {
	if b == nil {
		return
	}
	b.mu.Lock()
	before := b.trouble
	if before.Trouble == h.Trouble {
		b.mu.Unlock()
		return
	}
	b.trouble = h
	b.mu.Unlock()
	if before.Trouble != watch.NoTrouble && b.on(slog.LevelInfo) {
		attrs := []slog.Attr{slog.String("trouble", before.Trouble.String())}
		if !before.Since.IsZero() {
			attrs = append(attrs, slog.Int64("lasted_ms", time.Now().Round(0).Sub(before.Since.Round(0)).Milliseconds()))
		}
		b.write(time.Time{}, slog.LevelInfo, "trouble over", attrs...)
	}
	if h.Trouble != watch.NoTrouble && b.on(slog.LevelWarn) {
		attrs := text([]slog.Attr{slog.String("trouble", h.Trouble.String())}, "text", h.Text)
		if !h.Since.IsZero() {
			attrs = append(attrs, slog.Time("since", h.Since))
		}
		b.write(time.Time{}, slog.LevelWarn, "trouble", attrs...)
	}
}

// text adds a text, if there is one.
func text(attrs []slog.Attr, key, value string) []slog.Attr {
	if value == "" {
		return attrs
	}
	return append(attrs, slog.String(key, value))
}

func money(attrs []slog.Attr, key string, m watch.Money) []slog.Attr {
	if !m.Said() {
		return attrs
	}
	return append(attrs, slog.Any(key, m))
}

// took is how long something took, in milliseconds with a few digits behind them.
func took(d time.Duration) slog.Attr { return slog.Float64("took_ms", milliseconds(d)) }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
