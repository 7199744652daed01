package ui

import "slices"

// Sizes at which the screen changes its shape.
const (
	terseBelow = 56  // columns: marks without words, a short header
	tinyBelow  = 30  // columns: a row is one unaligned line
	paneFrom   = 100 // columns: the detail stands next to the board
	ruledFrom  = 20  // lines: regions are parted by rules
	troubled   = 110 // columns: rows say what is wrong with them
	never      = 9   // the keep of a column that never leaves
)

// placed is a column with the room it got.
type placed struct {
	*column
	w int
}

// layout chooses the columns for a region of that width and gives them their room. The
// columns that are worth least leave first; verdict, amount and label never do.
func layout(v *sight, chosen []*column, rows []*row, region int) []placed {
	v.terse = region < terseBelow
	v.whole, v.decimal = 6, 3
	if v.terse {
		v.whole, v.decimal = 1, 0
	}
	for _, r := range rows {
		r.texts()
		v.whole = max(v.whole, len(r.money.whole))
		v.decimal = max(v.decimal, len(r.money.fraction))
		v.troubled = v.troubled || r.Trouble != ""
	}
	most := region/3 - 4 // an absurd amount must not push the label out
	if v.terse {
		most = min(16, region-len(">!! LRD  ")-8)
	}
	v.decimal = min(v.decimal, max(0, most/2))
	v.whole = min(v.whole, max(1, most-v.decimal))

	v.first = chosen[0]
	cols := make([]placed, 0, len(chosen))
	for _, c := range chosen {
		if c.keep > 1 || region >= troubled { // with less room TROUBLE would be cut to nothing
			cols = append(cols, placed{c, c.least(v)})
		}
	}
	if v.terse { // a cut label identifies no payment, but still says more than the method
		cols = slices.DeleteFunc(cols, func(c placed) bool { return c.keep < 5 })
	}
	for taken(cols, v) > region {
		leave := 0
		for i, c := range cols {
			if c.keep < cols[leave].keep {
				leave = i
			}
		}
		if cols[leave].keep == never {
			break
		}
		cols = append(cols[:leave], cols[leave+1:]...)
	}
	share(cols, v, region)
	return cols
}

// least is the room without which a column is no use.
func (c *column) least(v *sight) int {
	switch {
	case c.title == "AMOUNT":
		return len("LRD ") + v.whole + v.decimal
	case c.title == "STATUS" && v.terse:
		return len("OK")
	case c.title == "AGE" && v.terse:
		return len("14:31")
	case c == labelColumn && v.terse:
		return 8
	}
	return c.width
}

// taken is the columns of the screen that the columns take, the cursor's included.
func taken(cols []placed, v *sight) int {
	total := 1
	for _, c := range cols {
		total += c.w + c.space(v)
	}
	return total
}

// share gives away what is left over: a readable label first, then the words next to the status,
// then what is wrong, and the rest to the label again. If even the least was too much, the label
// pays.
func share(cols []placed, v *sight, region int) {
	spare := region - taken(cols, v)
	widen := func(title string, most int) {
		for i := range cols {
			if c := &cols[i]; c.title == title {
				more := max(min(spare, most-c.w), -c.w)
				if more > 0 || spare < 0 {
					c.w += more
					spare -= more
				}
			}
		}
	}
	widen(labelColumn.title, 20)
	if !v.terse {
		widen("STATUS", 22)
	}
	if region >= troubled {
		if !v.troubled {
			widen(labelColumn.title, 28)
		}
		widen("TROUBLE", region)
	}
	widen(labelColumn.title, region)
}

// space is the gap before the column.
func (p placed) space(v *sight) int {
	if p.gap == 0 && p.column != v.first { // the usual first one stands elsewhere
		return 1
	}
	if v.terse {
		return min(p.gap, 1)
	}
	return p.gap
}
