package ui

import (
	"strconv"
	"strings"
	"time"
)

// lapse words how long something took, in as many digits as a person reads: "0.4ms", "142ms",
// "1.34s", "22.4s", "150s". It takes six columns at most.
func lapse(d time.Duration) string {
	switch ms, s := float64(d)/1e6, d.Seconds(); {
	case d < 0:
		return "0ms"
	case ms < 9.95:
		return strconv.FormatFloat(ms, 'f', 1, 64) + "ms"
	case ms < 999.5:
		return strconv.FormatFloat(ms, 'f', 0, 64) + "ms"
	case s < 9.995:
		return strconv.FormatFloat(s, 'f', 2, 64) + "s"
	case s < 99.95:
		return strconv.FormatFloat(s, 'f', 1, 64) + "s"
	case s < 9999.5:
		return strconv.FormatFloat(s, 'f', 0, 64) + "s"
	}
	return strconv.Itoa(int(d/time.Hour)) + "h"
}

// hours words how long a run has been going: "00:03:12".
func hours(d time.Duration) string {
	sec := int(max(0, d) / time.Second)
	return two(sec/3600) + ":" + two(sec/60%60) + ":" + two(sec%60)
}

// perSecond is a rate in one decimal, for more it never has.
func perSecond(rate float64) string { return strconv.FormatFloat(rate, 'f', 1, 64) }

// padded is a number in at least w columns, so that what follows keeps its place.
func padded(digits string, w int) string { return blanks[:max(0, w-len(digits))] + digits }

// commas is a whole number with its thousands parted: "9,204".
func commas[N int | uint64](n N) string {
	digits := strconv.FormatUint(uint64(max(0, n)), 10)
	if len(digits) <= 3 {
		return digits
	}
	var b strings.Builder
	b.Grow(len(digits) + len(digits)/3)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

// counted is a number for so many columns: cut it would be another number, so one that has
// no room there is rounded, and says so by its unit.
func counted[N int | uint64](n N, w int) string {
	text := commas(n)
	for _, unit := range [...]struct {
		of   float64
		name string
	}{{1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}} {
		if width(text) <= w {
			return text
		}
		text = strconv.FormatFloat(float64(n)/unit.of, 'f', 1, 64) + unit.name
	}
	return longest(w, text, "#")
}

// percent is a part of a whole: "77.4%", or "-" of nothing.
func percent(part, whole int) string {
	if whole <= 0 {
		return "-"
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64) + "%"
}
