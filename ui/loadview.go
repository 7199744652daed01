package ui

import "strings"

// Sizes at which the load screen changes its shape.
const (
	loadTallFrom = 14  // lines: a table and blocks; below, the few numbers that matter most
	loadWideFrom = 110 // columns: three blocks next to each other, and one next to the stages
)

// loadPlan says which regions of the load screen there is room for, and how high they are.
type loadPlan struct {
	budget, channels, note bool

	stages  int // lines of the table under its head
	blocks  int // lines of the blocks under their heads
	series  bool
	expects int // lines of expectations that have a region of their own
}

// planLoad shares lines out. What a person steers by comes first; each step takes its lines
// only if it gets all of them.
func (m *Model) planLoad(left int) loadPlan {
	var p loadPlan
	take := func(n int) bool {
		if left < n {
			return false
		}
		left -= n
		return true
	}
	all, expected := len(m.run.report.Stages), len(m.run.report.Expected)
	if take(4) {
		p.stages = 3
	}
	if take(4) {
		p.blocks = 3
	}
	p.budget = take(1)
	if take(2) {
		p.blocks += 2
	}
	if take(2) {
		p.stages += 2
	}
	p.channels = take(1)
	p.note = take(1)
	if take(4) {
		p.blocks += 4
	}
	if n := min(expected, 6); n > 0 && m.width < loadWideFrom && take(n+1) {
		p.expects = n
	}
	p.series = take(4)
	if more := min(left, all-p.stages); p.stages == 5 && more > 0 {
		take(more)
		p.stages += more
	}
	if p.blocks == 9 {
		most := 9 // what there is to be said
		if m.width >= loadWideFrom {
			most = 4
		}
		p.blocks += min(left, most)
	}
	p.stages = min(p.stages, all)
	return p
}

// drawLoad draws the regions from the top. What there is room for depends on the size of the
// screen and on how many stages and expectations the run has, never on what it counts: nothing
// jumps while it goes on.
//
//	header                         always
//	banner or rule                 trouble, or from 20 lines
//	arrivals                       always
//	budget, channels
//	stages ║ expected, faults      the second from 110 columns
//	outcomes ║ start>PAID ║ honesty
//	expected, series               where lines are left over
//	rule with whose money, keys    from 20 lines; from 4
func (m *Model) drawLoad(p *pen) {
	m.loadHead(p)
	ruled := m.height >= ruledFrom
	if banner := min(1, m.bannerLines()); banner > 0 {
		m.loadBanner(p)
	} else if ruled {
		m.statusRule(p)
	}
	m.arrivals(p)
	foot := m.footLines()
	left := m.height - p.done - foot
	if ruled {
		left--
	}
	switch {
	case m.menu != nil:
		m.drawMenu(p, max(1, left))
	case m.width < terseBelow || m.height < loadTallFrom:
		m.smallLoad(p, left)
	default:
		m.tallLoad(p, left)
	}
	for p.done < m.height-foot-1 || p.done < m.height-foot && !ruled {
		p.end()
	}
	if ruled {
		m.noteRule(p)
	}
	m.foot(p, foot)
}

// tallLoad draws the table and the blocks under the arrivals.
func (m *Model) tallLoad(p *pen, left int) {
	plan := m.planLoad(left)
	if plan.budget {
		m.budget(p)
	}
	if plan.channels {
		m.channels(p)
	}
	m.stages(p, plan.stages)
	if plan.note {
		m.correction(p)
	}
	m.blocks(p, plan)
	if plan.expects > 0 {
		head(p, "expected")
		p.rule()
		for i := range plan.expects {
			m.expectation(p, i, plan.expects)
			p.end()
		}
	}
	if plan.series {
		m.series(p)
	}
}

// noteRule is the rule over the keys, with whose money it is written into it, and notes that
// wait where the banner has the place of the rule that says so.
func (m *Model) noteRule(p *pen) {
	if m.run.note != "" {
		p.put(roleRule, "─ ")
		p.put(roleFaint, fit(m.run.note, p.limit-4))
		p.put(roleRule, " ")
	}
	text, room := m.statusPart(), p.limit-p.col-4
	if room < 24 { // a word or two of the newest say nothing
		text = longest(max(0, room), notesAlone(text), "")
	}
	if text = fit(text, max(0, room)); text != "" {
		p.put(roleRule, "─ ")
		p.put(roleStrong, text)
		p.put(roleRule, " ")
	}
	p.rule()
}

// notesAlone is how many notes wait, without the newest of them.
func notesAlone(status string) string {
	count, _, _ := strings.Cut(status, ", ")
	return count
}

// head begins a rule with a title in it.
func head(p *pen, title string) {
	p.put(roleRule, "─ ")
	p.put(roleFaint, fit(title, max(0, p.limit-p.col-1)))
	p.skip(1)
}

// piece is a part of a line that leaves when there is no room for it; of several the one that
// is kept least goes first.
type piece struct {
	role
	text string
	keep int
}

// pieces writes what fits of a line, three blanks or two between the parts.
func (p *pen) pieces(list ...piece) {
	room, gap := p.limit-p.col, 3
	for {
		total, leaves := 0, (*piece)(nil)
		for i := range list {
			l := &list[i]
			if l.text == "" {
				continue
			}
			total += width(l.text) + gap
			if leaves == nil || l.keep < leaves.keep {
				leaves = l
			}
		}
		if total-gap <= room || leaves == nil {
			break
		}
		if gap == 3 {
			gap = 2
			continue
		}
		leaves.text = ""
	}
	first := true
	for _, l := range list {
		if l.text == "" {
			continue
		}
		if !first {
			p.skip(gap)
		}
		first = false
		p.put(l.role, l.text)
	}
}

// plain reports whether charts are drawn in ASCII.
func (m *Model) plain() bool { return m.mono || m.theme == ThemeMono }
