package ui

import (
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
}

// twinOf looks for a payment that one of these may repeat: the costly mistakes at a counter
// are to charge a customer twice and to hand over twice. The zero twin is none.
func (m *Model) twinOf(list []watch.Payment) twin {
	l := likes{map[watch.ID]bool{}, map[source]watch.ID{}, map[string]watch.ID{}}
	for _, p := range list {
		id := p.ID()
		l.ids[id] = true
		if p.SourceType != "" && p.SourceID != 0 {
			l.sources[source{kind: p.SourceType, id: p.SourceID}] = id
		}
		if label := plainLabel(p.Label); label != "" {
			l.labels[label] = id
		}
	}
	for _, r := range m.table.all {
		if _, newer := m.held[r.id]; newer {
			continue // it comes below
		}
		if t := m.twin(r, l); t.id != "" {
			return t
		}
	}
	for _, held := range m.held { // frozen: the news is elsewhere
		if t := m.twin(&row{Snapshot: held, id: held.ID()}, l); t.id != "" {
			return t
		}
	}
	return twin{}
}

// twin words the warning about one payment of the board.
func (m *Model) twin(r *row, l likes) twin {
	if !r.open() && r.Verdict != watch.Paid {
		return twin{}
	}
	is := r.Verdict.String() + " (" + age(r.lasted(m.now)) + ")"
	if r.Verdict == watch.Paid {
		is = "verified as PAID at " + clock(r.VerifiedAt(), m.now)
	}
	if l.ids[r.id] {
		return twin{r.id, "This very payment is on the board already: " + r.texts().label + ", " + is + "."}
	}
	from := source{kind: r.SourceType, id: r.SourceID}
	if id, same := l.sources[from]; same && id != r.id {
		return twin{r.id, from.kind + " " + strconv.FormatInt(from.id, 10) + " is on the board already: " + r.texts().label + ", " + is + ". Do not hand over twice."}
	}
	if id, same := l.labels[plainLabel(r.Label)]; same && id != r.id && (r.open() || m.now.Sub(r.VerifiedAt()) < longAgo) {
		return twin{r.id, r.texts().label + " is " + is + ". A second charge for the same sale? Let the customer approve only one."}
	}
	return twin{}
}

// plainLabel is a label as people compare them.
func plainLabel(label string) string {
	return strings.ToLower(strings.Join(strings.Fields(watch.Clean(label, longestText)), " "))
}
