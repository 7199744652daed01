package ui

import (
	"cmp"
	"slices"
	"time"

	"tillwatch/watch"
)

// table keeps every payment's row, those that match the filter in order, and the cursor.
//
// The cursor is a payment, not a line: whatever moves, it stays with its payment. News only marks
// rows as moved; arrange puts them into place when the rows are shown, so a batch costs one pass
// over the rows that are shown, not a sort of all.
type table struct {
	rows   map[watch.ID]*row
	all    []*row // in order of arrival
	shown  []*row // those that match, in order
	moved  []*row // changed since the last arrange
	afresh bool   // filter or order changed: sort everything

	filter  filter
	order   int  // index into orders
	reverse bool // of the order

	cursor watch.ID
	at     int // where the cursor's row is in shown
	top    int // first row on the screen

	tally tally
	spare []row            // room for rows to come, made many at a time
	room  []watch.Snapshot // and for their Snapshots
}

// newTable makes an empty table whose day is that of now.
func newTable(now time.Time) *table {
	t := &table{rows: map[watch.ID]*row{}, tally: newTally()}
	t.tally.settle(nil, now, watch.Unknown) // so that the first batch is counted as it comes
	return t
}

// expect makes room for a batch, and reports whether most of it must be new: then its
// Snapshots may become those of the rows, where they are. A journal's ten thousand payments
// come in one batch, and to copy them is most of what taking them in costs.
func (t *table) expect(batch int) (lasting bool) {
	if len(t.rows) == 0 {
		t.rows = make(map[watch.ID]*row, batch)
		t.all = make([]*row, 0, batch)
		t.moved = make([]*row, 0, batch)
		t.tally.payers = make(map[source]*row, batch)
	}
	return batch >= 2*len(t.rows)
}

// newRow is the row of a payment that is seen for the first time.
func (t *table) newRow(id watch.ID) *row {
	const atOnce = 64
	if len(t.spare) == 0 {
		t.spare = make([]row, atOnce)
	}
	r := &t.spare[0]
	t.spare = t.spare[1:]
	r.id, r.seq = id, len(t.all)
	t.rows[id] = r
	t.all = append(t.all, r)
	return r
}

// newSnapshot is room for the Snapshot of a new row.
func (t *table) newSnapshot() *watch.Snapshot {
	const atOnce = 64
	if len(t.room) == 0 {
		t.room = make([]watch.Snapshot, atOnce)
	}
	s := &t.room[0]
	t.room = t.room[1:]
	return s
}

// put takes a Snapshot in, unless it is older than what the table has. A lasting Snapshot stays
// where it is and only the table changes it: a new row takes it for its own.
func (t *table) put(s *watch.Snapshot, lasting bool, now time.Time) {
	id := s.ID()
	r, known := t.rows[id]
	var before watch.Verdict
	switch {
	case known && s.Rev <= r.Rev:
		return
	case known:
		before = r.Verdict
		*r.Snapshot = *s
	default:
		r = t.newRow(id)
		if r.Snapshot = s; !lasting {
			r.Snapshot = t.newSnapshot()
			*r.Snapshot = *s
		}
	}
	r.made = false
	t.tally.count(r, before, known)
	r.class, r.since = r.place(now)
	if !r.moved {
		r.moved = true
		t.moved = append(t.moved, r)
	}
}

// arrange puts the moved rows into place and finds the cursor again. It costs nothing when
// nothing has changed.
func (t *table) arrange() {
	if !t.afresh && len(t.moved) == 0 {
		return
	}
	less := t.compare()
	if t.afresh || len(t.moved) > len(t.all)/4 {
		t.shown = t.shown[:0]
		for _, r := range t.all {
			if t.filter.match(r) {
				t.shown = append(t.shown, r)
			}
		}
		slices.SortFunc(t.shown, less)
	} else {
		t.merge(less)
	}
	for _, r := range t.moved {
		r.moved = false
	}
	t.moved, t.afresh = t.moved[:0], false
	t.follow()
}

// merge takes the moved rows out of the order and puts those that match back in, in one
// pass.
func (t *table) merge(less func(a, b *row) int) {
	stay := make([]*row, 0, len(t.shown)+len(t.moved))
	for _, r := range t.shown {
		if !r.moved {
			stay = append(stay, r)
		}
	}
	came := make([]*row, 0, len(t.moved))
	for _, r := range t.moved {
		if t.filter.match(r) {
			came = append(came, r)
		}
	}
	slices.SortFunc(came, less)
	merged := t.shown[:0]
	for len(stay) > 0 && len(came) > 0 {
		if less(came[0], stay[0]) < 0 {
			merged, came = append(merged, came[0]), came[1:]
		} else {
			merged, stay = append(merged, stay[0]), stay[1:]
		}
	}
	t.shown = append(append(merged, stay...), came...)
}

// compare is the order that is chosen, made total: no two rows are ever equal, so rows
// never swap without a reason.
func (t *table) compare() func(a, b *row) int {
	by := orders[t.order].less
	if t.order == 0 {
		by = byAttention
	}
	sign := 1
	if t.reverse {
		sign = -1
	}
	return func(a, b *row) int {
		if c := by(a, b); c != 0 {
			return sign * c
		}
		return byAttention(a, b)
	}
}

// byAttention is the order of the board: class, then time, then who came first.
func byAttention(a, b *row) int {
	if c := cmp.Compare(a.class, b.class); c != 0 {
		return c
	}
	if c := cmp.Compare(a.since, b.since); c != 0 {
		return c
	}
	return cmp.Compare(a.seq, b.seq)
}

// follow finds the cursor's row after the order changed. If the filter took it away, the
// cursor goes to the row that took its place.
func (t *table) follow() {
	if t.at < len(t.shown) && t.shown[t.at].id == t.cursor {
		return
	}
	for i, r := range t.shown {
		if r.id == t.cursor {
			t.at = i
			return
		}
	}
	t.move(0)
}

// move moves the cursor by so many rows, stopping at the ends.
func (t *table) move(by int) {
	t.at = max(0, min(t.at+by, len(t.shown)-1))
	t.cursor = ""
	if len(t.shown) > 0 {
		t.cursor = t.shown[t.at].id
	}
}

// goTo takes the cursor to a payment, if the filter shows it.
func (t *table) goTo(id watch.ID) {
	t.arrange()
	t.cursor = id
	t.follow()
}

// visible reports whether the filter shows a payment.
func (t *table) visible(id watch.ID) bool {
	r := t.rows[id]
	return r != nil && t.filter.match(r)
}

// first is the row that wants attention most among those that are shown; nil when none is.
func (t *table) first() *row {
	switch {
	case len(t.shown) == 0:
		return nil
	case t.order == 0 && !t.reverse:
		return t.shown[0]
	}
	return slices.MinFunc(t.shown, byAttention)
}

// selected is the row under the cursor; nil when none is shown.
func (t *table) selected() *row {
	if t.at >= len(t.shown) {
		return nil
	}
	return t.shown[t.at]
}

// window is the rows that a region of that height shows. The cursor is among them, unless
// peek asks for the top of the board while a person only looks on.
func (t *table) window(height int, peek bool) []*row {
	height = max(0, height)
	t.top = max(0, min(t.top, len(t.shown)-height))
	switch {
	case peek:
		return t.shown[:min(height, len(t.shown))]
	case t.at < t.top:
		t.top = t.at
	case t.at >= t.top+height:
		t.top = t.at - max(0, height-1)
	}
	return t.shown[t.top:min(t.top+height, len(t.shown))]
}

// worst is the row that wants attention most, whatever the filter and the order; nil on an
// empty board. It walks all rows, so it is for the smallest screens alone.
func (t *table) worst() *row {
	if len(t.all) == 0 {
		return nil
	}
	if t.order == 0 && !t.reverse && t.filter.empty() && len(t.shown) > 0 {
		return t.shown[0]
	}
	return slices.MinFunc(t.all, byAttention)
}

// look chooses a filter.
func (t *table) look(f filter) { t.filter, t.afresh = f, true }

// sortBy goes to the next order, or turns the present one round.
func (t *table) sortBy(next bool) {
	if next {
		t.order, t.reverse = (t.order+1)%len(orders), false
	} else {
		t.reverse = !t.reverse
	}
	t.afresh = true
}
