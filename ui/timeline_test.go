package ui

import (
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

// story is the history of a payment that was paid after a broken socket and four polls.
func story() []watch.Entry {
	begin := noon.Add(-30 * time.Second)
	at := func(after time.Duration, from watch.Origin, kind watch.EventKind, change ...func(*watch.Entry)) watch.Entry {
		e := watch.Entry{Event: watch.Event{At: begin.Add(after), From: from, Kind: kind}, Times: 1, Last: begin.Add(after)}
		for _, c := range change {
			c(&e)
		}
		return e
	}
	said := func(word, raw string) func(*watch.Entry) {
		return func(e *watch.Entry) { e.Word, e.Code, e.Took, e.Raw = word, 200, 96*time.Millisecond, raw }
	}
	return []watch.Entry{
		at(0, watch.FromYou, watch.EventHanded),
		at(400*time.Millisecond, watch.FromAPI, watch.EventKey, func(e *watch.Entry) { e.Text = "lives 5m0s" }),
		at(600*time.Millisecond, watch.FromChannel, watch.EventJoined),
		at(700*time.Millisecond, watch.FromChannel, watch.EventReady),
		at(7*time.Second, watch.FromChannel, watch.EventLost, func(e *watch.Entry) { e.Text = "the connection broke" }),
		at(9*time.Second, watch.FromAPI, watch.EventAnswer, said("PROCESSING", ""), func(e *watch.Entry) {
			e.Times, e.Last = 4, begin.Add(20*time.Second)
		}),
		at(24*time.Second, watch.FromChannel, watch.EventHint, said("COMPLETED", `{
  "status": "COMPLETED"
}`)),
		at(24300*time.Millisecond, watch.FromAPI, watch.EventAnswer, said("COMPLETED", `{
  "client_secret": "•••",
  "gateway_message": "OK PAID"
}`)),
		at(24300*time.Millisecond, watch.FromUs, watch.EventVerdict, func(e *watch.Entry) { e.Verdict = watch.Paid }),
	}
}

func TestScreen_TheTimelineSaysWhatHappenedWhenAndWhoTold(t *testing.T) {
	s := newScreen(t, 80, 60).send(SnapshotsMsg{pay("Table 5", 1, ended("COMPLETED", 5*time.Second, "9.00", "USD"))})
	s.past = story()
	s.press("enter").settle().wantOrder(
		"TIMELINE, +25.0s from end to end",
		"14:31:37.0    +0.0s  you     handed over",
		"14:31:37.4    +0.4s  API     realtime key, lives 5m0s",
		"+0.6s  channel joined",
		"+0.7s  channel ready",
		"+7.0s  channel not ready any more: the connection broke",
		"+9.0s  API     PROCESSING, HTTP 200, 96 ms (4 times, until",
		"+24.0s  channel says COMPLETED (hint)",
		"+24.3s  API     COMPLETED, HTTP 200, 96 ms",
		"us      OK PAID")
}

func TestScreen_TheTimelineSaysWhatIsMissing(t *testing.T) {
	s := newScreen(t, 80, 300).send(SnapshotsMsg{pay("Table 5", 1)})
	for range watch.HistoryMost {
		s.past = append(s.past, watch.Entry{Event: watch.Event{At: noon, From: watch.FromYou, Kind: watch.EventAsked}, Times: 1})
	}
	s.gone = 7
	s.press("enter").settle().want("… 7 entries are not kept …")
	if at := strings.Count(strings.SplitN(s.text(), "… 7", 2)[0], "asked to verify"); at != watch.HistoryHead {
		t.Errorf("the gap stands behind entry %d", at)
	}
}

func TestScreen_RawJSONIsWhatCameLast(t *testing.T) {
	s := newScreen(t, 80, 40).send(SnapshotsMsg{pay("Table 5", 1, ended("COMPLETED", 5*time.Second, "9.00", "USD"))})
	s.past = story()
	s.press("enter").settle().press("J").wantOrder("API, 14:32:01: COMPLETED, HTTP 200", `"client_secret": "•••"`, "CHANNEL, 14:32:01: says COMPLETED", `"status": "COMPLETED"`)
	s.wantNot("WHY WE SAY SO").press("J").want("WHY WE SAY SO")
	s.press("J", "esc", "enter").want("WHY WE SAY SO") // a detail begins with what it is for
}

// The history of one payment must never stand under another.
func TestScreen_AHistoryBelongsToItsPayment(t *testing.T) {
	s := newScreen(t, 80, 60).send(SnapshotsMsg{pay("one", 1), pay("two", 1)})
	s.past = story()
	s.press("enter").settle().want("handed over")
	s.cmds = nil
	s.press("j").wantNot("handed over").press("J").want("Nothing has come yet").press("J").settle().want("handed over")
}

// Whatever a history holds, it claims nothing and moves no cursor.
func TestScreen_AHostileHistoryClaimsNothing(t *testing.T) {
	for _, text := range hostile {
		s := newScreen(t, 80, 150).send(SnapshotsMsg{pay("Table 5", 1)})
		for kind := watch.EventHanded; kind <= watch.EventRestored; kind++ {
			if kind == watch.EventVerdict {
				continue // ours, not theirs
			}
			s.past = append(s.past, watch.Entry{Event: watch.Event{At: noon, Kind: kind, Word: text, Text: text, Code: 200}, Times: 2, Last: noon})
		}
		s.press("enter").settle()
		claimless(t, s, text)
	}
}
