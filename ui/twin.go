package ui

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"tillwatch/watch"
)

// warn says if what the form holds could be a second charge.
func (m *Model) warn() {
	f := m.form
	list := f.many
	if len(list) == 0 {
		id, _ := strconv.ParseInt(f.value("source_id"), 10, 64) // a bad one names no source
		list = []watch.Payment{{
			Label: f.value("label"), Reference: f.value("reference_id"), SourceType: strings.ToUpper(f.value("source_type")), SourceID: id,
		}}
	}
	f.twin = m.twinOf(list)
}

// twin is a payment of the board that one that is to be added may repeat.
type twin struct {
	id   watch.ID
	text string // the warning
}

// likes are what the payments to be added have in common with one of the board.
type likes struct {
	ids     map[watch.ID]bool
	sources map[source]watch.ID
	labels  map[string]watch.ID
	within  string // what two of them have in common with each other
}

// twinOf looks for a payment that one of these may repeat: the costly mistakes at a counter
// are to charge a customer twice and to hand over twice. The zero twin is none.
func (m *Model) twinOf(list []watch.Payment) twin {
	l := likes{ids: map[watch.ID]bool{}, sources: map[source]watch.ID{}, labels: map[string]watch.ID{}}
	for _, p := range list {
		id := p.ID()
		l.ids[id] = true
		if p.SourceType != "" && p.SourceID != 0 {
			from := source{kind: p.SourceType, id: p.SourceID}
			if other, again := l.sources[from]; again && other != id {
				l.within = "Two of these are for " + foreign(p.SourceType) + " " + strconv.FormatInt(p.SourceID, 10) + ". Is it one sale?"
			}
			l.sources[from] = id
		}
		if label := plainLabel(p.Label); label != "" {
			l.labels[label] = id
		}
	}
	found, rank := twin{}, 9
	look := func(r *row) {
		if t, at := m.twin(r, l); at < rank {
			found, rank = t, at
		}
	}
	for _, r := range m.table.all {
		if s, newer := m.held[r.id]; newer {
			r = &row{Snapshot: &s, id: r.id}
		}
		look(r)
	}
	for _, id := range slices.Sorted(maps.Keys(m.held)) { // frozen: some are not among the rows yet
		if m.table.rows[id] == nil {
			s := m.held[id]
			look(&row{Snapshot: &s, id: id})
		}
	}
	if rank > 1 && l.within != "" {
		return twin{"?", l.within}
	}
	return found
}

// twin words the warning about one payment of the board, and how bad it is: 0 is worst.
func (m *Model) twin(r *row, l likes) (twin, int) {
	if r.Verdict == watch.NotPaid {
		return twin{}, 9
	}
	is := func() string {
		switch {
		case r.Verdict == watch.Paid:
			return "verified as PAID at " + clock(r.VerifiedAt(), m.now)
		case r.Verdict == watch.Stopped:
			return "STOPPED, and its result is not known"
		}
		return strings.TrimSpace(r.Verdict.String()+" "+reasons[r.Reason]) + " (" + age(r.lasted(m.now)) + ")"
	}
	from := sourceOf(r)
	other, same := l.sources[from]
	switch {
	case l.ids[r.id]:
		return twin{r.id, "This very payment is on the board already: " + r.texts().label + ", " + is() + "."}, 0
	case same && other != r.id:
		rank := 2
		if r.Verdict == watch.Paid {
			rank = 1
		}
		return twin{r.id, from.kind + " " + strconv.FormatInt(from.id, 10) + " is on the board already: " + r.texts().label + ", " + is() + ". Do not hand over twice."}, rank
	case len(l.labels) == 0 || r.Verdict == watch.Paid && m.now.Sub(r.VerifiedAt()) >= longAgo:
	default:
		if id, named := l.labels[plainLabel(r.Label)]; named && id != r.id {
			return twin{r.id, r.texts().label + " is " + is() + ". A second charge for the same sale? Let the customer approve only one."}, 3
		}
	}
	return twin{}, 9
}

// plainLabel is a label as people compare them.
func plainLabel(label string) string {
	return strings.ToLower(strings.Join(strings.Fields(watch.Clean(label, longestText)), " "))
}
