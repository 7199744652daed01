package watch

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// This file is the watcher's channel: when it is opened and left, and what becomes of what
// it tells.

// listens reports whether this payment should have a channel now. One that is past its
// window when it is first seen gets none, whatever window was set: the journal of a busy
// week would be ten thousand joins.
func (w *watcher) listens() bool {
	f := w.fleet
	return f.listen != nil && w.known.Listens(f.usual) && !w.ended() && w.windowLeft() > 0
}

// keepChannel opens the channel if one is wanted and none was tried, and leaves it when it
// has served.
func (w *watcher) keepChannel(now time.Time, ended bool) {
	w.wantedTo.Store(int64(w.wantedUntil(now).Sub(w.fleet.born)))
	switch {
	case w.leave == nil && !w.joined && w.listens():
		w.openChannel()
	case w.leave == nil:
	case ended && w.measure.IsZero():
		w.hangUp()
	case !ended && w.fleet.window == WindowStrict && !w.wanted(now):
		w.note(Event{From: FromUs, Kind: EventLost, Over: true, Text: "its time is over"})
		w.hangUp()
		w.joined = false
	}
}

func (w *watcher) openChannel() {
	w.joined, w.joining = true, true
	w.opened++
	p, turn := w.known.Payment, w.opened
	wanted := func(in time.Duration) bool {
		return time.Since(w.fleet.born)+in < time.Duration(w.wantedTo.Load())
	}
	w.leave = w.fleet.listen(p, Line{
		Token: func(ctx context.Context) (Key, error) {
			key, err := w.fleet.mint(ctx, p, &w.account.keys, func() bool { return wanted(0) })
			w.noteKey(key, err)
			return key, err
		},
		Wanted: wanted,
		Hear: func(n Notice) {
			if n.Kind == Changed && w.spill(n.Row) {
				return
			}
			w.deliver(func() {
				if turn == w.opened && w.leave != nil { // else it is late: the channel was left
					w.hear(n)
				}
			}, n.Kind == Changed && n.Row.final())
		},
	})
}

// hangUp leaves the channel, if there is one.
func (w *watcher) hangUp() {
	leave := w.leave
	w.leave, w.joining, w.ready, w.stalled = nil, false, time.Time{}, false
	w.channel.Ready = time.Time{}
	if leave != nil {
		leave()
	}
}

// windowLeft is how much is left of the time for which Dollr says to listen.
func (w *watcher) windowLeft() time.Duration {
	if wall := w.fleet.wall(); w.known.notStarted(wall) {
		return w.known.Handed.Add(relyUnborn).Sub(wall)
	}
	return relyFor - w.age()
}

// wantedUntil is until when we rely on the channel, once there is one.
func (w *watcher) wantedUntil(now time.Time) time.Time {
	if w.fleet.window == WindowUntilFinal {
		return w.fleet.born.Add(math.MaxInt64)
	}
	return now.Add(w.windowLeft())
}

func (w *watcher) wantedFor(now time.Time) time.Duration { return w.wantedUntil(now).Sub(now) }

func (w *watcher) wanted(now time.Time) bool { return w.wantedFor(now) > 0 }

// live reports whether the channel is ready and its socket speaks.
func (w *watcher) live() bool { return !w.ready.IsZero() && !w.stalled }

// hear takes in what the channel tells.
func (w *watcher) hear(n Notice) {
	now := time.Now()
	n.Why = Safe(n.Why, whyMost) // a server may repeat anything
	if kind := notes[n.Kind]; kind != 0 {
		w.note(Event{From: FromChannel, Kind: kind, Text: n.Why, Over: n.Over && !w.wanted(now)})
	}
	switch n.Kind {
	case Joining, Joined: // what was wrong is told until it is right
	case Ready:
		w.becomeReady(now, n.Asked)
	case Changed:
		w.hint(n.Row, now)
	case Stalled:
		w.stalled = true
	case Resumed:
		w.stalled = false
	case Lost:
		w.joining, w.ready, w.stalled = false, time.Time{}, false
		w.channel.Ready = time.Time{}
		w.refused = n.Why
		w.counting = false // a hint that now fails to come is not the channel's lie
		if n.Over {
			w.hangUp()
		}
		if n.Over && !w.wanted(now) {
			w.refused = "" // its key ran out when it had served: no trouble
			// Should the window open again, for it turns out that the payment was executed
			// later than we thought, there may be another channel.
			w.joined = false
		}
	}
}

// becomeReady notes a `system ok`. What was committed before it is not replayed, so a read
// must follow that starts after it; a repeated one may hide a gap too, unless we asked for
// it by pushing a token.
func (w *watcher) becomeReady(now time.Time, asked bool) {
	first := w.ready.IsZero()
	w.joining, w.refused = false, ""
	if first {
		w.ready, w.channel.Ready = now, w.fleet.wall()
		w.plan.quiet = 0
	}
	switch {
	case asked && !first:
	case first:
		// A channel that is lost and ready by turns costs no more reads than a payment that polls.
		w.plan.gapAt, w.gapSince = latest(now, w.gapRead.Add(strangeSpacing)), now
	default:
		last := w.gapRead
		if w.read != nil && w.readKind == readGap { // one is on its way
			last = now
		}
		w.plan.gapAt, w.gapSince = last.Add(gapSpacing), now
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// hint takes in a row. It proves nothing; it makes us ask.
func (w *watcher) hint(row Row, now time.Time) {
	status, useless := w.readRow(row)
	if useless.text != "" {
		w.channel.Dropped++
		w.fleet.count(func(h *HintCounts) { h.Dropped++ })
		w.noteRow(Event{From: FromChannel, Kind: EventStray, Text: useless.text}, row)
		if useless.look {
			w.strange(now, useless.again)
		}
		return
	}
	w.noteRow(Event{From: FromChannel, Kind: EventHint, Word: status}, row)
	wall := w.fleet.wall()
	if lag, known := row.lag(wall); known && !w.ready.IsZero() {
		w.account.late = w.fleet.trust.lag(w.id, lag, now.Sub(w.ready))
		if w.account.late {
			w.lateHint()
		}
	}
	if strings.EqualFold(status, w.known.Hint.Status) {
		w.channel.Duplicates++
		w.fleet.count(func(h *HintCounts) { h.Duplicates++ })
		if !routineWord(status) && !finalWord(status) {
			w.strange(now, true)
		}
		return
	}
	if w.known.Final.Code != 0 {
		w.hintAfterEnd(status, now)
		return
	}
	newer := !w.known.HintFinal() || finalWord(status)
	if newer && w.known.HintFinal() {
		w.wrongHint() // it has claimed both ends, and one of them is not so
	}
	firstEnd := finalWord(status) && !w.known.HintFinal()
	w.known.hint(status, wall)
	routine := routineWord(status)
	switch {
	case !newer || routine && !w.known.notStarted(wall):
	case w.mayLook(now, firstEnd):
		w.plan.claimed = !routine
	default: // a channel that keeps changing what it says is checked no more often
		w.plan.claimed = w.plan.claimed || !routine
	}
}

// uselessRow says why a row is no hint.
type uselessRow struct {
	text  string // empty: the row is a hint
	look  bool   // the row may be a hint, so the status is read
	again bool   // the status is read several times, because the API may be late
}

// readRow reads the status of a hint, or says why the row is none. It does not guess at a value of
// the wrong type.
func (w *watcher) readRow(row Row) (status string, useless uselessRow) {
	reference, named := row.text("reference_id")
	_, has := row.Columns["reference_id"]
	ours := named && strings.EqualFold(reference, w.known.Reference)
	status, _ = row.text("status")
	status = Safe(status, maxStatus)
	switch {
	case row.Unreadable:
		return "", uselessRow{"a row that cannot be read", true, false}
	case len(row.Errors) > 0: // if the table may not be read, every channel gets every row
		return "", uselessRow{"a row that could not be sent: " + Safe(strings.Join(row.Errors, ", "), 120), ours, false}
	case named && !ours:
		return "", uselessRow{"a row about another payment", false, false}
	case has && !named:
		return "", uselessRow{"a row whose reference is no text", true, false}
	case status == "": // the row is about this payment, and the table's columns are not documented
		return "", uselessRow{"a row without a status", true, true}
	}
	return status, uselessRow{}
}

// A lag outside these bounds is a wrong time. They leave room for a clock that is off.
const (
	leastLag = -10 * time.Minute
	mostLag  = time.Hour
)

// lag returns how long ago the row was committed, by two clocks. It returns false if that is not
// known.
func (r Row) lag(wall time.Time) (time.Duration, bool) {
	lag := wall.Sub(r.Commit)
	return lag, !r.Commit.IsZero() && lag >= leastLag && lag <= mostLag
}

// rawRow returns a row as JSON for the history.
func rawRow(row Row) string {
	if len(row.Columns) == 0 {
		return ""
	}
	if row.size() > 2*redactFrom {
		return "(a row too long to show)"
	}
	text, err := json.Marshal(row.Columns)
	if err != nil {
		return ""
	}
	return Redact(text)
}

// noteKey tells what came of asking for a key. It may be called from any goroutine.
func (w *watcher) noteKey(key Key, err error) {
	if w.fleet.note == nil || errors.Is(err, context.Canceled) {
		return
	}
	e := Event{At: w.fleet.wall(), From: FromAPI, Kind: EventKey, Text: "lives " + time.Until(key.Expires).Round(time.Second).String()}
	if err != nil {
		e.Kind, e.Text = EventNoKey, err.Error()
		if errors.Is(err, errUnwanted) {
			e.From = FromUs // no request was made
		}
		if fault, ok := errors.AsType[*Fault](err); ok {
			e.Code = fault.Code
		}
	}
	w.post(func() { w.note(e) })
}

// strange has the status read because of a row whose meaning is not known: something has changed,
// and it may be the end. With again it is read several times.
func (w *watcher) strange(now time.Time, again bool) {
	if w.known.Final.Code == 0 && !w.known.HintFinal() && w.mayLook(now, false) && again {
		w.plan.claimed = true
	}
}

// mayLook makes a read due at once and reports that it did. It refuses if the channel has caused a
// read a moment ago: many rows cost one read each two seconds, and soon fewer. The first claim of
// an end always causes a read.
func (w *watcher) mayLook(now time.Time, firstEnd bool) bool {
	gap := strangeSpacing << min(max(w.looks-looksQuick, 0), 4)
	if !firstEnd && !w.looked.IsZero() && now.Sub(w.looked) < gap {
		return false
	}
	w.looked, w.looks = now, w.looks+1
	w.plan.hinted, w.plan.tried, w.plan.confirms = now, false, 0
	return true
}

// looksQuick is how many such reads may come strangeSpacing apart. Then the spacing doubles.
const looksQuick = 4

// routineWord reports whether a hint's word says that the payment goes on. Any other may
// mean an end, for the table's words are not documented.
func routineWord(status string) bool {
	return strings.EqualFold(status, StatusPending) || strings.EqualFold(status, StatusProcessing)
}

// whyMost bounds a server's words about a channel, in characters.
const whyMost = 400

// maxStatus bounds a status word from the network; Dollr's longest has ten letters.
const maxStatus = 40

// hintAfterEnd notes a hint that came when the API had told us already.
func (w *watcher) hintAfterEnd(status string, now time.Time) {
	w.known.hint(status, w.fleet.wall())
	if routineWord(status) {
		return
	}
	if w.missing {
		w.lateHint()
	}
	w.missing = false
	if finalWord(status) {
		w.compareHint()
	}
	w.endMeasure(now)
}

// finish notes that a read found the end. If the channel was ready and had not said so, it
// gets 3 s to: that tells whether hints can be relied on.
func (w *watcher) finish(now, started time.Time) {
	if w.known.HintFinal() {
		w.compareHint()
		w.fleet.trust.final(true)
		return
	}
	if w.plan.claimed && w.plan.confirms <= strangeConfirms {
		w.fleet.trust.final(true) // a word that we don't know has led to this read
		return
	}
	if w.ready.IsZero() {
		return
	}
	// What the gap read finds may have happened before the channel was ready, and of a
	// silent socket we know that it is.
	w.counting = w.gapRead != started && !w.stalled
	w.missing = true
	w.measure = now.Add(hintPatience)
}

// endMeasure stops waiting for a hint once it has come or is lost.
func (w *watcher) endMeasure(now time.Time) {
	if w.measure.IsZero() || w.missing && now.Before(w.measure) {
		return
	}
	w.measure = time.Time{}
	if w.missing {
		w.channel.Lost = true
		w.fleet.count(func(h *HintCounts) { h.Lost++ })
	}
	if w.counting {
		w.fleet.trust.final(!w.missing)
	}
	w.missing = false
}

// compareHint notes a hint that claimed another end than the API's.
func (w *watcher) compareHint() {
	if !strings.EqualFold(w.known.Hint.Status, w.known.Final.Status) {
		w.wrongHint()
	}
}

func (w *watcher) lateHint() {
	if !w.channel.Late {
		w.channel.Late = true
		w.fleet.count(func(h *HintCounts) { h.Late++ })
	}
}

func (w *watcher) wrongHint() {
	if !w.channel.Wrong {
		w.channel.Wrong = true
		w.fleet.count(func(h *HintCounts) { h.Wrong++ })
	}
}
