package ui

import (
	"strings"
)

// pen writes one frame. Whatever it is asked to write, no line becomes wider and the frame
// no taller than the screen: what does not fit is not written. It is used for one frame and
// thrown away.
type pen struct {
	b      []byte
	styles *styles
	width  int // of the screen
	height int
	limit  int  // columns that the region being written may reach to
	col    int  // columns written on this line
	done   int  // lines finished
	chosen bool // the row being written is the one under the cursor
}

const blanks = "                                                                "

// newPen starts a frame; guess is about how many bytes it will have.
func newPen(s *styles, width, height, guess int) *pen {
	return &pen{b: make([]byte, 0, guess), styles: s, width: width, height: height, limit: width}
}

// put writes clean text in the paint of its role, cut at the region's edge.
func (p *pen) put(r role, s string) {
	if p.done >= p.height || p.col >= p.limit || s == "" {
		return
	}
	s = fit(s, p.limit-p.col)
	paint := &p.styles.plain[r]
	if p.chosen {
		paint = &p.styles.chosen[r]
	}
	p.b = append(p.b, paint.on...)
	p.b = append(p.b, s...)
	p.b = append(p.b, paint.off...)
	p.col += width(s)
}

// cell writes text padded or cut to exactly w columns.
func (p *pen) cell(r role, s string, w int, right bool) {
	s = fit(s, w)
	pad := w - width(s)
	if right {
		p.skip(pad)
	}
	p.put(r, s)
	if !right {
		p.skip(pad)
	}
}

// padded is cell with the blanks in the text's own paint, for a bar of one colour.
func (p *pen) padded(r role, s string, w int, right bool) {
	s = fit(s, w)
	pad := strings.Repeat(" ", max(0, w-width(s)))
	if right {
		p.put(r, pad+s)
	} else {
		p.put(r, s+pad)
	}
}

// skip writes n blanks, as far as there is room.
func (p *pen) skip(n int) {
	n = min(n, p.limit-p.col)
	for n > 0 {
		k := min(n, len(blanks))
		p.put(roleText, blanks[:k])
		n -= k
	}
}

// span is a piece of a line in one role; line is what detail and help are made of.
type (
	span struct {
		role
		text string
	}
	line []span
)

// spans writes a line's pieces one after another.
func (p *pen) spans(l line) {
	for _, s := range l {
		p.put(s.role, s.text)
	}
}

// raw writes text that holds its own escape sequences, cut at the region's edge.
func (p *pen) raw(s string) {
	if p.done >= p.height || p.col >= p.limit {
		return
	}
	s = shorten(s, p.limit-p.col, "")
	p.b = append(p.b, s...)
	p.col += measure(s)
}

// to writes blanks up to a column.
func (p *pen) to(col int) { p.skip(col - p.col) }

// end finishes the line. The next starts in the whole width of the screen.
func (p *pen) end() {
	if p.done < p.height {
		p.done++
		if p.done < p.height {
			p.b = append(p.b, '\n')
		}
	}
	p.col, p.limit, p.chosen = 0, p.width, false
}

// say writes one line of one role, a blank before it, and finishes it.
func (p *pen) say(r role, s string) {
	p.skip(1)
	p.put(r, s)
	p.end()
}

// rule draws a line across the region.
func (p *pen) rule() {
	p.put(roleRule, strings.Repeat("─", max(0, p.limit-p.col)))
	p.end()
}

// String is the frame.
func (p *pen) String() string { return string(p.b) }
