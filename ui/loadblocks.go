package ui

import (
	"strconv"
	"time"

	"tillwatch/watch/load"
)

// block is a part of the load screen that stands next to others: a title, and lines of which the
// first are worth most. Each line is drawn by a function that knows its number.
type block struct {
	title string
	lines []blockLine
}

type blockLine struct {
	draw func(m *Model, p *pen, i int)
	i    int
}

// add appends the lines from to below n of one function.
func (b *block) add(draw func(m *Model, p *pen, i int), n int) {
	for i := range n {
		b.lines = append(b.lines, blockLine{draw, i})
	}
}

// blocks draws outcomes, the histogram, and how honest the channel was, next to each other.
func (m *Model) blocks(p *pen, plan loadPlan) {
	rows := plan.blocks
	if rows == 0 {
		return
	}
	m.run.left.lines, m.run.middle.lines, m.run.right.lines = m.run.left.lines[:0], m.run.middle.lines[:0], m.run.right.lines[:0]
	if m.width >= loadWideFrom {
		m.threeBlocks(p, rows)
		return
	}
	left, right := &m.run.left, &m.run.right
	left.title, right.title = m.outcomeTitle(), "start>PAID"
	if rows < 13 {
		left.add((*Model).outcomeShort, 5)
		left.add((*Model).honestyShort, 4)
	} else {
		left.add((*Model).outcome, 7)
		left.add((*Model).honestyShort, 1)
		left.add((*Model).honesty, 10)
	}
	below := 3 // codes, faults, expectations
	if plan.expects > 0 {
		below = 2
	}
	m.run.bars = rows - below
	if m.run.bars < 4 {
		m.run.bars, right.title = 0, "answers"
	}
	m.run.bars = min(m.run.bars, len(m.run.report.Bars))
	right.add((*Model).bar, m.run.bars)
	right.add((*Model).remarks, below)
	split := p.width/2 + 4 // the words on the left need more than the bars
	m.drawBlocks(p, rows, []*block{left, right}, []int{0, split, p.width})
}

// outcomeTitle is the title of the outcomes: how many a sandbox says are right, once it was asked.
// All are said to be right only when all were compared.
func (m *Model) outcomeTitle() string {
	switch t := m.run.report.Truth; {
	case t == load.Truth{}:
		return "outcomes (verified)"
	case t.Wrong > 0:
		return "outcomes: " + m.wrong()
	case t.Unjudged > 0:
		return "outcomes: " + commas(t.Unjudged) + " not compared, " + commas(t.Right) + " right"
	default:
		return "outcomes: all " + commas(t.Right) + " right"
	}
}

// threeBlocks is blocks on a wide screen.
func (m *Model) threeBlocks(p *pen, rows int) {
	left, middle, right := &m.run.left, &m.run.middle, &m.run.right
	left.title, middle.title, right.title = m.outcomeTitle(), "start>PAID", "realtime honesty"
	first := p.width/3 - 2
	if rows < 8 {
		left.add((*Model).outcomeShort, 5)
		first += 6
	} else {
		left.add((*Model).outcome, 7)
		left.add((*Model).code, rows-7)
	}
	m.run.bars = min(rows, len(m.run.report.Bars))
	middle.add((*Model).bar, m.run.bars)
	right.add((*Model).honesty, 10)
	m.drawBlocks(p, rows, []*block{left, middle, right}, []int{0, first, p.width*2/3 - 2, p.width})
}

// drawBlocks draws blocks line by line between the edges.
func (m *Model) drawBlocks(p *pen, rows int, list []*block, edges []int) {
	for i, b := range list {
		p.limit = edges[i+1]
		head(p, b.title)
		ruleTo(p, p.limit)
	}
	p.end()
	for row := range rows {
		for i, b := range list {
			p.limit = edges[i+1]
			p.to(edges[i])
			p.limit-- // a blank between two
			if row < len(b.lines) {
				b.lines[row].draw(m, p, b.lines[row].i)
			}
		}
		p.end()
	}
}

// stack draws as many lines of all blocks under each other as there are, for a screen that is
// narrow and high.
func (m *Model) stack(p *pen, lines int) {
	m.run.bars = len(m.run.report.Bars)
	b := &m.run.left
	b.lines = b.lines[:0]
	b.add((*Model).remarks, 1)
	b.add((*Model).honestyShort, 1)
	b.add((*Model).honesty, 10)
	b.add((*Model).barHead, 1)
	b.add((*Model).bar, m.run.bars)
	for i := range min(lines, len(b.lines)) {
		b.lines[i].draw(m, p, b.lines[i].i)
		p.end()
	}
}

// honesty is one line on how honest and how steady realtime was.
func (m *Model) honesty(p *pen, i int) {
	c := &m.run.report.Channel
	line := func(name, text, note string, alarm bool) {
		look := roleText
		if alarm {
			look = roleAlarm
		}
		p.skip(1)
		p.cell(roleText, name, 14, false)
		p.cell(look, text, 9, true)
		p.skip(2)
		p.put(roleFaint, note)
	}
	count := func(name string, n uint64, note string, alarm bool) {
		line(name, counted(n, 9), note, alarm && n > 0)
	}
	switch i {
	case 0:
		count("hints lost", c.Lost, "", false)
	case 1:
		count("found by poll", c.ByPoll, "", false)
	case 2:
		count("hints wrong", c.Wrong, "push != API", true)
	case 3:
		count("hints late", c.Late, "API knew first", false)
	case 4:
		count("duplicates", c.Duplicates, "", false)
	case 5:
		count("dropped", c.Dropped, "", false)
	case 6:
		count("rejoins", c.Rejoins, "", false)
	case 7:
		line("longest gap", longestGap(c), awayNow(c), false)
	case 8:
		count("keys made", c.Minted, "", false)
	case 9:
		count("keys renewed", c.Renewed, "", false)
	}
}

// longestGap is how long a channel was away, where one was.
func longestGap(c *load.Channel) string {
	if c.Gap == 0 {
		return "none"
	}
	return lapse(c.Gap)
}

// awayNow is how many channels that were ready are not, "" when all are.
func awayNow(c *load.Channel) string {
	if c.Away == 0 {
		return ""
	}
	return commas(c.Away) + " away now"
}

// honestyShort is a head, and honesty in three lines under it.
func (m *Model) honestyShort(p *pen, i int) {
	c := &m.run.report.Channel
	if i == 0 {
		p.limit = min(p.limit+1, p.width) // up to the neighbour's
		head(p, "realtime honesty")
		ruleTo(p, p.limit)
		return
	}
	p.skip(1)
	switch wrong := roleText; i {
	case 1:
		p.pieces(piece{roleText, "hints lost " + commas(c.Lost), 9}, piece{roleText, "found by poll " + commas(c.ByPoll), 8})
	case 2:
		if c.Wrong > 0 {
			wrong = roleAlarm
		}
		p.pieces(piece{wrong, "wrong " + commas(c.Wrong), 9}, piece{roleText, "late " + commas(c.Late), 8},
			piece{roleText, "twice " + commas(c.Duplicates), 6}, piece{roleText, "dropped " + commas(c.Dropped), 7})
	case 3:
		p.pieces(piece{roleText, "rejoins " + commas(c.Rejoins), 9}, piece{roleText, "longest gap " + longestGap(c), 8}, piece{roleText, awayNow(c), 7})
	}
}

// barHead is the histogram's title where blocks are stacked.
func (m *Model) barHead(p *pen, _ int) {
	head(p, "start>PAID")
	ruleTo(p, p.limit)
}

// bar is one line of the histogram. Where there are fewer lines than bars the last holds all
// the longer ones.
func (m *Model) bar(p *pen, i int) {
	bars := m.run.report.Bars
	most := uint64(0)
	for k := range m.run.bars {
		most = max(most, folded(bars, k, m.run.bars).N)
	}
	b := folded(bars, i, m.run.bars)
	p.skip(1)
	p.cell(roleText, barName(b), 9, true)
	p.skip(1)
	at := p.col
	room := max(0, p.limit-at-8)
	p.put(roleBusy, bar(float64(b.N), float64(most), room, m.plain()))
	p.to(at + room)
	p.cell(roleText, counted(b.N, 7), 8, true)
}

// folded is a bar of n, the last of which takes in those that have no line.
func folded(bars []load.Bar, i, n int) load.Bar {
	b := bars[i]
	if i == n-1 {
		for _, more := range bars[n:] {
			b.N += more.N
			b.To = more.To
		}
	}
	return b
}

// barName is what a bar counts: "10-20s", "over 300s".
func barName(b load.Bar) string {
	sec := func(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }
	if b.To == 0 {
		return "over " + sec(b.From) + "s"
	}
	return sec(b.From) + "-" + sec(b.To) + "s"
}

// codeClass is a line of how often calls got a code. Good answers count as one.
type codeClass struct {
	word  string
	n     uint64
	alarm bool
}

// codes are the answers, good ones first, then by how often they came.
func (m *Model) codes() []codeClass {
	list := make([]codeClass, 1, 8)
	list[0].word = "2xx"
	for _, c := range m.run.report.Calls {
		switch {
		case c.Code >= 200 && c.Code < 300:
			list[0].n += c.Times
		case c.Code == 0:
			list = append(list, codeClass{"no answer", c.Times, true})
		default:
			// 404 is how Dollr says that a payment is not there yet.
			list = append(list, codeClass{strconv.Itoa(c.Code), c.Times, c.Code != 404})
		}
	}
	return list
}

// code is one line of the answers under the outcomes, the first their head.
func (m *Model) code(p *pen, i int) {
	if i == 0 {
		p.limit = min(p.limit+1, p.width)
		head(p, "HTTP answers")
		ruleTo(p, p.limit)
		return
	}
	list := m.codes()
	if i > len(list) {
		return
	}
	c := &list[i-1]
	p.skip(1)
	p.cell(codeRole(c), c.word, 14, false)
	p.cell(codeRole(c), counted(c.n, 9), 9, true)
}

func codeRole(c *codeClass) role {
	if c.alarm && c.n > 0 {
		return roleNotice
	}
	return roleText
}

// remarks are single lines on answers, faults and expectations.
func (m *Model) remarks(p *pen, i int) {
	r := &m.run.report
	p.skip(1)
	switch i {
	case 0:
		parts := make([]piece, 0, 8)
		parts = append(parts, piece{roleFaint, "HTTP", 2})
		list := m.codes()
		for k := range list {
			c, keep := &list[k], 1 // good answers and 404 go first
			if c.alarm {
				keep = 100 - k
			}
			parts = append(parts, piece{codeRole(c), c.word + " " + commas(c.n), keep})
		}
		p.pieces(parts...)
	case 1:
		if len(r.Faults) == 0 {
			p.put(roleFaint, "faults none")
			return
		}
		text := "FAULTS ON " + commas(len(r.Faults)) + ": "
		for k, name := range r.Faults {
			if k > 0 {
				text += ", "
			}
			text += name
		}
		p.put(roleAlarm, text)
	case 2:
		text, unmet := m.standing()
		switch {
		case text == "":
			p.put(roleFaint, "expected nothing")
		case unmet:
			m.unmet(p)
		default:
			p.put(roleText, "expected "+text)
		}
	}
}

// unmet names the first expectation that is not met.
func (m *Model) unmet(p *pen) {
	list := m.run.report.Expected
	for i := range list {
		if e := &list[i]; !e.Met && m.judged(e) {
			value := e.Value
			if value == "" {
				value = "nothing measured"
			}
			p.put(roleAlarm, longest(p.limit-p.col, "XX NOT MET "+e.Text+": "+value, "XX NOT MET "+e.Text))
			return
		}
	}
}

// series draws the last seconds of arrivals, results, and how slow it was, a column each.
func (m *Model) series(p *pen) {
	s := &m.run.report.Series
	const name, value = 19, 22
	w := min(load.SeriesMost, p.width-name-value)
	head(p, "the last "+strconv.Itoa(w)+" seconds")
	p.rule()
	m.sparkFloats(p, "arrivals/s", s.Arrivals, w)
	m.sparkFloats(p, "results/s", s.Ended, w)
	p.skip(1)
	p.cell(roleText, "p99 hint>verified", name-1, false)
	m.run.spark = sparkline(m.run.spark[:0], s.Slowest, w, m.plain())
	p.put(roleBusy, string(m.run.spark))
	now, most := newest(s.Slowest, w)
	last := "-"
	if now > 0 {
		last = lapse(now)
	}
	sparkEnd(p, last, lapse(most))
}

// sparkFloats is one line of the series.
func (m *Model) sparkFloats(p *pen, title string, values []float64, w int) {
	p.skip(1)
	p.cell(roleText, title, 18, false)
	m.run.spark = sparkline(m.run.spark[:0], values, w, m.plain())
	p.put(roleBusy, string(m.run.spark))
	now, most := newest(values, w)
	sparkEnd(p, perSecond(now), perSecond(most))
}

// sparkEnd is the newest value of a series, and the highest that is shown.
func sparkEnd(p *pen, now, most string) {
	p.cell(roleStrong, now, 8, true)
	p.put(roleFaint, "  most "+most)
	p.end()
}

// newest is the last of a series, and the highest of the w that are shown.
func newest[N ~int64 | ~float64](values []N, w int) (last, most N) {
	values = values[max(0, len(values)-w):]
	for _, v := range values {
		last, most = v, max(most, v)
	}
	return last, most
}
