package ui

import "strings"

// Charts are made of block characters, and of ASCII where the screen is mono: a user who asked for
// no colour may have a terminal without block characters. A screen reader gets the numbers next to
// the charts.
const (
	eighths = "▏▎▍▌▋▊▉█" // of a column, by width
	levels  = "▁▂▃▄▅▆▇█" // of a line, by height
	inASCII = ".:-=+*#@" // levels, by how dark a letter is
)

// runeBytes is how long one of the block characters is.
const runeBytes = len("█")

// bar is a part of most as a bar of at most w columns. The smallest part that is not none
// can be seen.
func bar(part, most float64, w int, plain bool) string {
	if part <= 0 || most <= 0 || w <= 0 {
		return ""
	}
	n := max(1, int(part/most*float64(w)*8+0.5))
	n = min(n, 8*w)
	if plain {
		return strings.Repeat("#", max(1, (n+4)/8))
	}
	text := strings.Repeat("█", n/8)
	if rest := n % 8; rest > 0 {
		text += eighths[(rest-1)*runeBytes : rest*runeBytes]
	}
	return text
}

// meter shows how much of something is used, in w columns.
func meter(part, most float64, w int, plain bool) (used, free string) {
	n := 0
	if part > 0 && most > 0 {
		n = max(1, min(w, int(part/most*float64(w)+0.5)))
	}
	if plain {
		return strings.Repeat("#", n), strings.Repeat(".", w-n)
	}
	return strings.Repeat("█", n), strings.Repeat("░", w-n)
}

// sparkline appends the newest of a row of values, a column each, the newest at the right
// edge of w columns. What is zero is blank.
func sparkline[N ~int64 | ~float64](b []byte, values []N, w int, plain bool) []byte {
	values = values[max(0, len(values)-w):]
	var most N
	for _, v := range values {
		most = max(most, v)
	}
	for range w - len(values) {
		b = append(b, ' ')
	}
	for _, v := range values {
		if v <= 0 {
			b = append(b, ' ')
			continue
		}
		level := min(7, int(float64(v)/float64(most)*8))
		if plain {
			b = append(b, inASCII[level])
		} else {
			b = append(b, levels[level*runeBytes:(level+1)*runeBytes]...)
		}
	}
	return b
}
