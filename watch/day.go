package watch

import "time"

// StartOfDay returns the first instant of a calendar day in loc. A day ends where the next one
// starts, so neighbouring days neither overlap nor leave a gap, whatever loc does at midnight. A
// day may have no midnight (clocks go from 23:59 to 1:00). It may have two (they go back from 0:01
// to 23:01), and then it starts at the second. A day that loc left out starts where the next one
// does. As with [time.Date], month and day may be out of range.
func StartOfDay(year int, month time.Month, day int, loc *time.Location) time.Time {
	midnight := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	t := midnight.Add(16 * time.Hour).In(loc) // everywhere it is that day by then, or later
	for {
		_, offset := t.Zone()
		start := midnight.Add(-time.Duration(offset) * time.Second)
		begins, _ := t.ZoneBounds()
		if begins.IsZero() || !start.Before(begins) {
			return start.In(loc)
		}
		before := begins.Add(-1)
		_, offset = before.Zone()
		if before.Add(time.Duration(offset) * time.Second).Before(midnight) {
			return begins.In(loc)
		}
		t = before
	}
}

// DayOf returns the bounds of the day that holds t, in the zone of t.
func DayOf(t time.Time) (start, end time.Time) {
	y, m, d := t.Date()
	if start = StartOfDay(y, m, d, t.Location()); t.Before(start) { // t is between two midnights
		return StartOfDay(y, m, d-1, t.Location()), start
	}
	for end = start; !t.Before(end); { // the next day may be one that was left out
		d++
		end = StartOfDay(y, m, d, t.Location())
	}
	return start, end
}
