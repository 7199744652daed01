package realtime

import (
	"container/heap"
	"time"
)

// alarm is something to do at a time. It lives inside the channel or socket that it
// concerns, so 10,000 waiting channels cost no goroutine and no runtime timer.
type alarm struct {
	at    time.Time
	ring  func(now time.Time)
	place int // position in alarms plus one; 0 when not set
}

// alarms holds the alarms that are set, the next one first. Only the loop uses it.
type alarms struct{ byTime alarmHeap }

// set moves a to the time at, whether or not it was set before.
func (all *alarms) set(a *alarm, at time.Time) {
	a.at = at
	if a.place > 0 {
		heap.Fix(&all.byTime, a.place-1)
		return
	}
	heap.Push(&all.byTime, a)
}

func (all *alarms) stop(a *alarm) {
	if a.place > 0 {
		heap.Remove(&all.byTime, a.place-1)
	}
}

// ringDue rings all that are due at now. One that sets itself anew for a time that
// is not after now is rung again, so a ring must move its alarm forward.
func (all *alarms) ringDue(now time.Time) {
	for len(all.byTime) > 0 && !all.byTime[0].at.After(now) {
		heap.Pop(&all.byTime).(*alarm).ring(now)
	}
}

// next says when the next alarm is due.
func (all *alarms) next() (time.Time, bool) {
	if len(all.byTime) == 0 {
		return time.Time{}, false
	}
	return all.byTime[0].at, true
}

// alarmHeap makes container/heap keep every alarm's place right.
type alarmHeap []*alarm

func (h alarmHeap) Len() int           { return len(h) }
func (h alarmHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }

func (h alarmHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i+1, j+1
}

func (h *alarmHeap) Push(x any) {
	a := x.(*alarm)
	*h = append(*h, a)
	a.place = len(*h)
}

func (h *alarmHeap) Pop() any {
	old := *h
	last := len(old) - 1
	a := old[last]
	old[last] = nil
	*h = old[:last]
	a.place = 0
	return a
}
