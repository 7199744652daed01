package watch

import (
	"strings"
	"time"
)

// This file is what a watcher tells: its Snapshots, and how it hears.

// told is what was told last, but for what is known: that is by far the larger part, and
// between two turns a watcher knows what it has told.
type told struct {
	Judgement
	rev      uint64
	at       time.Time
	link     Link
	trouble  string
	nextRead time.Time
	channel  Channel
	old      bool
}

func toldIn(s *Snapshot) told {
	return told{s.Judgement, s.Rev, s.At, s.Link, s.Trouble, s.NextRead, s.Channel, s.Old}
}

// last is the Snapshot that was told last. It is good between two turns.
func (w *watcher) last() Snapshot {
	t := &w.told
	return Snapshot{
		Known: w.known, Judgement: t.Judgement, Rev: t.rev, At: t.at, Link: t.link, Trouble: t.trouble, NextRead: t.nextRead,
		Channel: t.channel, Old: t.old,
	}
}

// tell publishes what is known, if that is anything new.
func (w *watcher) tell() {
	s := w.snapshot()
	s.Rev, s.At, s.NextRead = w.rev, w.told.at, w.told.nextRead
	first := w.told.rev == 0
	if !first && !w.again && !w.untold && w.sameButHint() && !w.worthTelling(toldIn(&s)) {
		return
	}
	w.uncounted, w.countedAt = false, time.Now()
	turned := !first && (s.Verdict != w.told.Verdict || s.Reason != w.told.Reason)
	if turned || first && w.restored && s.Verdict != w.told.Verdict {
		w.note(Event{From: FromUs, Kind: EventVerdict, Verdict: s.Verdict, Reason: s.Reason})
	}
	w.rev++
	s.Rev, s.At, s.NextRead = w.rev, w.fleet.wall(), w.nextRead()
	if first && w.restored && w.ended() {
		s.At = w.told.at // nothing was learned since
	}
	w.told, *w.before, w.again, w.untold = toldIn(&s), w.known, false, false
	w.fleet.tell(s)
}

// sameButHint reports whether this turn has learned only what the channel says: a server may change
// its word thousands of times a second.
func (w *watcher) sameButHint() bool {
	known := w.known
	known.Hint = w.before.Hint
	return known == *w.before
}

// countsEvery is how often a Snapshot is published if only the counts of rows have changed.
const countsEvery = time.Second

// worthTelling reports whether news differs enough from what was published last. A flood changes
// the counts of rows thousands of times a second, so a change of counts alone waits for
// countsEvery.
func (w *watcher) worthTelling(news told) bool {
	word := w.uncounted || w.known.Hint != w.before.Hint
	if news == w.told && !word {
		return false
	}
	if time.Since(w.countedAt) >= countsEvery {
		return true
	}
	counts := w.told.channel
	news.channel.Duplicates, news.channel.Dropped = counts.Duplicates, counts.Dropped
	w.uncounted = news == w.told
	return !w.uncounted
}

// nextRead is the wall time of the next read by plan; zero when one is under way or none
// is planned.
func (w *watcher) nextRead() time.Time {
	if w.read != nil || w.ended() {
		return time.Time{}
	}
	now := time.Now()
	at, _ := w.situation(now).next()
	return w.fleet.wall().Add(max(0, at.Sub(now)))
}

func (w *watcher) snapshot() Snapshot {
	return Snapshot{
		Known:     w.known,
		Judgement: Judge(&w.known, w.fleet.wall()),
		Link:      w.link(time.Now()),
		Trouble:   w.trouble(),
		Channel:   w.channel,
		Old:       w.old,
	}
}

// trouble is what is wrong with this row, in one line.
func (w *watcher) trouble() string {
	var parts []string
	if w.known.Panic != "" {
		parts = append(parts, w.known.Panic)
	}
	if w.known.Failing() {
		parts = append(parts, w.known.FailedText)
	}
	if code := w.known.Latest.Code; code == 422 {
		parts = append(parts, "Dollr refuses the question: "+w.known.Latest.Detail)
	}
	if w.refused != "" && !w.ended() {
		parts = append(parts, w.refused)
	}
	return strings.Join(parts, "; ")
}

// link reads off how we hear just now; the first that holds is it.
func (w *watcher) link(now time.Time) Link {
	switch {
	case w.ended():
		return Done
	case w.known.Failing():
		return Down
	case w.delayed(now):
		return Wait
	case w.live():
		return Live
	case w.joining:
		return Join
	}
	return Poll
}

// delayed reports whether the next read waits for its turn for more than 5 s.
func (w *watcher) delayed(now time.Time) bool {
	if w.read == nil {
		return false
	}
	waiting, paused := w.fleet.budget.waiting(w.fleet.budget.status, w.read)
	return waiting && (now.Sub(w.read.asked) > waitShown || paused.Sub(now) > waitShown)
}
