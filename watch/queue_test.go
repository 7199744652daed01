package watch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// order fills the queues with calls, "kind kind …", and takes n of them.
func order(t *testing.T, hangingPlaces int, n int, calls ...string) string {
	t.Helper()
	kinds := map[string]readKind{"slow": readSlow, "poll": readPoll, "gap": readGap, "first": readFirst, "confirm": readConfirm,
		"verify": readVerify, "user": readUser, "both": readBoth}
	q := newQueues()
	for _, text := range calls {
		word, how, _ := strings.Cut(text, ":")
		a := &ask{kind: kinds[word], deadline: noon.Add(kinds[word].lead()), standing: &standing{}}
		for _, h := range strings.Fields(strings.ReplaceAll(how, "+", " ")) {
			switch h {
			case "failed":
				a.standing.failed = 1
			case "hung":
				a.standing.hung = true
			}
		}
		a.call = nil
		a.refused = len(text) // so that it can be told apart
		names[a] = text
		q.push(a, a.classNow())
	}
	var took []string
	for range n {
		turn := q.turn(hangingPlaces > 0)
		if turn == none {
			break
		}
		a := q.next(turn)
		if a.class == classHanging {
			hangingPlaces--
		}
		took = append(took, names[a])
	}
	return strings.Join(took, " ")
}

var names = map[*ask]string{}

func times(n int, call string) []string { return slices.Repeat([]string{call}, n) }

func TestQueues_WhoseTurnItIs(t *testing.T) {
	for name, c := range map[string]struct {
		calls []string
		n     int
		want  string
	}{
		"all kinds":                     {[]string{"slow", "poll", "gap", "first", "verify", "user", "both"}, 9, "both verify user first gap poll slow"},
		"a person and hints take turns": {append(times(3, "user"), times(3, "verify")...), 6, "user verify user verify user verify"},
		"nine of ten are urgent": {append(times(25, "verify"), times(3, "poll")...), 28,
			strings.Join(slices.Concat(times(9, "verify"), times(1, "poll"), times(9, "verify"), times(1, "poll"), times(7, "verify"), times(1, "poll")), " ")},
		"nine of ten before those that fail": {append(times(20, "poll"), times(2, "poll:failed")...), 22,
			strings.Join(slices.Concat(times(9, "poll"), times(1, "poll:failed"), times(9, "poll"), times(1, "poll:failed"), times(2, "poll")), " ")},
		"confirming and the routine take turns": {append(times(3, "confirm"), times(3, "poll")...), 6, "confirm poll confirm poll confirm poll"},
		"failing and hanging take turns":        {append(times(3, "poll:failed"), times(3, "poll:hung")...), 6, "poll:failed poll:hung poll:failed poll:hung poll:failed poll:hung"},
		"a verify of a failing payment":         {[]string{"poll", "verify:failed"}, 2, "verify:failed poll"},
		"a confirm of a failing payment":        {[]string{"poll", "confirm:failed"}, 2, "poll confirm:failed"},
		"a person asks about a failing one":     {[]string{"poll", "user:failed"}, 2, "user:failed poll"},
		"a person asks about one that hangs":    {[]string{"poll", "user:hung", "poll:hung"}, 3, "user:hung poll poll:hung"},
		"a hint about one that hangs":           {[]string{"poll", "verify:hung"}, 2, "poll verify:hung"},
		"one that was given up goes first":      {[]string{"gap:hung+failed", "slow:hung"}, 2, "slow:hung gap:hung+failed"},
		"a person's goes before that":           {[]string{"slow:hung", "user:hung+failed"}, 2, "user:hung+failed slow:hung"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := order(t, 99, c.n, c.calls...); got != c.want {
				t.Errorf("took %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestQueues_WhatHangsNeedsAPlace(t *testing.T) {
	calls := []string{"poll:hung", "user:hung", "poll:hung", "poll", "poll:failed"}
	for places, want := range map[int]string{0: "poll poll:failed", 1: "user:hung poll poll:failed", 2: "user:hung poll poll:failed poll:hung"} {
		if got := order(t, places, 5, calls...); got != want {
			t.Errorf("with %d places it took %s, want %s", places, got, want)
		}
	}
}

// The person who asked first has the first answer, whichever of the payments hangs.
func TestQueues_APersonsQuestionsGoByTheirTime(t *testing.T) {
	for _, hungFirst := range []bool{true, false} {
		q := newQueues()
		hung := &ask{kind: readUser, deadline: noon, standing: &standing{hung: true}}
		other := &ask{kind: readUser, deadline: noon.Add(time.Second), standing: &standing{}}
		if !hungFirst {
			hung.deadline, other.deadline = other.deadline, hung.deadline
		}
		q.push(hung, hung.classNow())
		q.push(other, other.classNow())
		if first := q.next(q.turn(true)); (first == hung) != hungFirst {
			t.Errorf("hung first %t: the other one went first", hungFirst)
		}
	}
}

// A payment hung once, for the whole of a call's time, and is well again. Each second there are
// others whose calls were given up before they could fail. It stands behind those of ten seconds.
func TestQueues_WhatHungOnceHasItsTurnThoughOthersArrive(t *testing.T) {
	q := newQueues()
	recovered := &ask{kind: readPoll, deadline: noon, standing: &standing{hung: true, failed: 1}}
	q.push(recovered, recovered.classNow())
	for second := range 60 {
		other := &ask{kind: readPoll, deadline: noon.Add(time.Duration(second) * sec), standing: &standing{hung: true}}
		q.push(other, other.classNow())
		if q.next(q.turn(true)) == recovered {
			if second < 5 || second > 10 {
				t.Errorf("it had its turn after %d s", second)
			}
			return
		}
	}
	t.Error("it had no turn in a minute")
}

func TestQueues_AParkedCallGoesOnInItsTime(t *testing.T) {
	q := newQueues()
	var all []*ask
	for i, after := range []time.Duration{30 * sec, 10 * sec, 20 * sec} {
		a := &ask{kind: readPoll, deadline: noon.Add(time.Duration(i)), standing: &standing{}, parkedTo: noon.Add(after)}
		all = append(all, a)
		q.push(a, noClass)
	}
	if q.turn(true) != none || q.len() != 3 {
		t.Error("a call goes before its time, or is not counted")
	}
	if next := q.unpark(noon.Add(10*sec - 1)); !next.Equal(noon.Add(10*sec)) || q.turn(true) != none {
		t.Errorf("the next one is due at %v", next)
	}
	if next := q.unpark(noon.Add(20 * sec)); !next.Equal(noon.Add(30 * sec)) {
		t.Errorf("then at %v", next)
	}
	if q.next(q.turn(true)) != all[1] || q.next(q.turn(true)) != all[2] || q.turn(true) != none {
		t.Error("not those two whose time has come")
	}
	q.remove(all[0])
	if !q.unpark(noon.Add(time.Hour)).IsZero() || q.len() != 0 {
		t.Error("the last one is still there")
	}
}

func TestQueues_TellEveryCallThatWaits(t *testing.T) {
	q := newQueues()
	for c := range classes + 1 {
		q.push(&ask{standing: &standing{}}, c)
	}
	n := 0
	for range q.waiting {
		n++
	}
	for range q.waiting {
		break
	}
	if n != int(classes)+1 || q.len() != n {
		t.Errorf("%d of %d", n, q.len())
	}
}

// choose costs the logarithm of what waits.
func BenchmarkBudget_Choose(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			budget := newBudget(1e12, 1, func(bool, error) {})
			now := time.Now()
			for i := range n {
				budget.put(budget.status, &ask{kind: readPoll, deadline: now.Add(time.Duration(i*7919%n) * time.Millisecond), index: -1, standing: &standing{}})
			}
			for b.Loop() {
				now = now.Add(time.Millisecond)
				a, _ := budget.choose(budget.status, now)
				if a == nil {
					b.Fatal("none is chosen")
				}
				_, _ = budget.settle(budget.status, a, nil, now)
				a.deadline = now.Add(time.Duration(n) * time.Millisecond)
				budget.put(budget.status, a)
			}
		})
	}
}
