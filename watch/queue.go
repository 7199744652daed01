package watch

import (
	"container/heap"
	"time"
)

// class says which calls a call goes before. Within a class the earliest deadline goes first.
type class uint8

const (
	classPerson  class = iota // a person asked
	classVerify               // the channel claims an end that no read has looked into
	classConfirm              // one or two reads have, and have not confirmed it
	classRoutine              // everything else
	classFailing              // the payment's last call failed
	classHanging              // the payment's last call hung
	classes
	noClass = classes
)

// share keeps a part of the calls for those behind: of ten calls, one is not of the class
// in front as long as others wait.
const share = 10

// queues hold the calls of one lane that wait.
type queues struct {
	of      [classes]askHeap
	parked  askHeap // calls that wait out a 429 of their own
	ahead   [2]int  // calls made in a row of the urgent classes, and of the routine
	person  bool    // the last urgent call was a person's
	confirm bool    // the last call of the routine was to confirm an end
	proven  bool    // the last probe was of a payment that was answered before, if there was one
	failed  bool    // the last call behind the routine was of a failing payment
}

func newQueues() queues {
	return queues{parked: askHeap{before: func(a, b *ask) bool { return a.parkedTo.Before(b.parkedTo) }}}
}

// heap is the one that holds calls of a class.
func (q *queues) heap(c class) *askHeap {
	if c == noClass {
		return &q.parked
	}
	return &q.of[c]
}

func (q *queues) push(a *ask, c class) {
	a.class, a.fails = c, min(a.standing.failed, 6)
	heap.Push(q.heap(c), a)
}

func (q *queues) remove(a *ask) { heap.Remove(q.heap(a.class), a.index) }

// unpark lets the calls go on whose own pause is over, and returns when the next one's is.
func (q *queues) unpark(now time.Time) (next time.Time) {
	for len(q.parked.asks) > 0 {
		a := q.parked.asks[0]
		if now.Before(a.parkedTo) {
			return a.parkedTo
		}
		heap.Pop(&q.parked)
		q.push(a, a.classNow())
	}
	return time.Time{}
}

// waiting is every call that waits, by no order.
func (q *queues) waiting(yield func(*ask) bool) {
	for c := range classes + 1 {
		for _, a := range q.heap(c).asks {
			if !yield(a) {
				return
			}
		}
	}
}

func (q *queues) len() int {
	n := len(q.parked.asks)
	for c := range classes {
		n += len(q.of[c].asks)
	}
	return n
}

// turn is the classes from which the next call may be taken; noClass where there is none.
type turn struct {
	person, verify, confirm, routine, failing, hanging class
}

// turn finds them. A call of a payment that hangs needs a place among those for such calls.
func (q *queues) turn(hangingPlace bool) turn {
	some := func(c class) class {
		if len(q.of[c].asks) == 0 || c == classHanging && !hangingPlace {
			return noClass
		}
		return c
	}
	t := turn{
		person: some(classPerson), verify: some(classVerify), confirm: some(classConfirm),
		routine: some(classRoutine), failing: some(classFailing), hanging: some(classHanging),
	}
	if t.hanging != noClass {
		first := q.of[classHanging].asks[0]
		if first.person() && (t.person == noClass || earlier(first, q.of[classPerson].asks[0])) {
			t.person = classHanging // a person asked about a payment that hangs
		}
	}
	return t
}

// none is the turn without any call.
var none = turn{noClass, noClass, noClass, noClass, noClass, noClass}

// either alternates between two classes when both have calls.
func either(a, b class, wasA bool) class {
	if a == noClass || b != noClass && wasA {
		return b
	}
	return a
}

// next takes the call whose turn it is; t has at least one class.
func (q *queues) next(t turn) *ask {
	urgent := either(t.person, t.verify, q.person)
	routine := either(t.confirm, t.routine, q.confirm)
	troubled := either(t.failing, t.hanging, q.failed)
	behind := routine != noClass || troubled != noClass
	switch {
	case urgent != noClass && (!behind || q.ahead[0] < share-1):
		q.ahead[0]++
		q.person = urgent == t.person
		return q.take(urgent)
	case routine != noClass && (troubled == noClass || q.ahead[1] < share-1):
		q.ahead[0], q.ahead[1] = 0, q.ahead[1]+1
		q.confirm = routine == classConfirm
		return q.take(routine)
	}
	q.ahead = [2]int{}
	q.failed = troubled == classFailing
	return q.take(troubled)
}

func (q *queues) take(c class) *ask { return heap.Pop(q.heap(c)).(*ask) }

// probe takes the call that says most about an API that is down: what a person asks, else of
// those probed least in this outage the payment that was answered last. It looks at every
// call, which happens once a second.
func (q *queues) probe(t turn, outage uint64) *ask {
	q.proven = !q.proven
	if t.person != noClass {
		return q.take(t.person)
	}
	var best *ask
	for c := range classes {
		if c == classHanging && t.hanging == noClass {
			continue
		}
		for _, a := range q.of[c].asks {
			if best == nil || a.standing.probesBefore(best.standing, outage, q.proven) {
				best = a
			}
		}
	}
	q.remove(best)
	return best
}

// askHeap orders calls; the zero heap by deadline, a person's questions first.
type askHeap struct {
	asks   []*ask
	before func(a, b *ask) bool
}

// earlier is the order in which the calls of one class are made.
func earlier(a, b *ask) bool {
	if a.person() != b.person() {
		return a.person()
	}
	return a.place().Before(b.place())
}

// place is the deadline by which a call is ordered. Each failure in a row puts a payment that
// fails or hangs 10 s further back, so it stands behind those that did not fail and still has
// its turn, however many payments in trouble arrive.
func (a *ask) place() time.Time {
	if a.class == classHanging || a.class == classFailing {
		return a.deadline.Add(time.Duration(a.fails) * 10 * time.Second)
	}
	return a.deadline
}

// Len is how many wait.
func (h *askHeap) Len() int { return len(h.asks) }

// Less reports whether i goes before j.
func (h *askHeap) Less(i, j int) bool {
	if h.before != nil {
		return h.before(h.asks[i], h.asks[j])
	}
	return earlier(h.asks[i], h.asks[j])
}

// Swap exchanges two, which know their places.
func (h *askHeap) Swap(i, j int) {
	h.asks[i], h.asks[j] = h.asks[j], h.asks[i]
	h.asks[i].index, h.asks[j].index = i, j
}

// Push adds an ask; it is container/heap's.
func (h *askHeap) Push(x any) {
	a := x.(*ask)
	a.index = len(h.asks)
	h.asks = append(h.asks, a)
}

// Pop removes the last ask; it is container/heap's.
func (h *askHeap) Pop() any {
	last := len(h.asks) - 1
	a := h.asks[last]
	h.asks[last] = nil
	h.asks = h.asks[:last]
	a.index = -1
	return a
}
