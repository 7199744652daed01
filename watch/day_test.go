package watch

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

// zones are the names of the tz database that comes with Go.
func zones(t *testing.T) []string {
	t.Helper()
	names := []string{"Africa/Cairo", "Africa/Monrovia", "America/Asuncion", "America/Havana", "America/Santiago", "America/St_Johns",
		"Asia/Beirut", "Asia/Gaza", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/London", "Pacific/Apia", "Pacific/Kwajalein", "UTC"}
	for _, root := range []string{"/usr/share/zoneinfo", filepath.Join(runtime.GOROOT(), "lib", "time")} { //nolint:staticcheck // of the machine that tests
		_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			name, _ := filepath.Rel(root, path)
			if err != nil || e.IsDir() || strings.HasPrefix(name, "posix") || strings.HasPrefix(name, "right") {
				return nil //nolint:nilerr // what cannot be read is no zone
			}
			if data, err := os.ReadFile(path); err == nil && strings.HasPrefix(string(data), "TZif") {
				names = append(names, name)
			}
			return nil
		})
	}
	return names
}

func TestDay_NeighboursShareNoInstantAndLeaveNoneOutInAnyZone(t *testing.T) {
	for _, name := range zones(t) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			continue // localtime, posixrules
		}
		for _, years := range [][2]int{{1985, 1992}, {2004, 2014}, {2020, 2031}} {
			end := StartOfDay(years[0], 1, 1, loc)
			for d := 1; end.Year() < years[1]; d++ {
				start := end
				end = StartOfDay(years[0], 1, d+1, loc)
				if long := end.Sub(start); long < 0 || long > 49*time.Hour {
					t.Fatalf("%s: the day from %v is %v long", name, start, long)
				}
				if end.Equal(start) {
					continue // left out, as 30 December 2011 in Samoa
				}
				if y, m, day := time.Date(years[0], 1, d, 12, 0, 0, 0, time.UTC).Date(); start.Day() != day || start.Month() != m || start.Year() != y {
					t.Fatalf("%s: %d-%d-%d starts at %v", name, y, m, day, start)
				}
				for _, at := range []time.Time{start, start.Add(time.Hour), end.Add(-1)} {
					if from, to := DayOf(at); !from.Equal(start) || !to.Equal(end) {
						t.Fatalf("%s: %v is of the day %v to %v, want %v to %v", name, at, from, to, start, end)
					}
				}
			}
		}
	}
}

func TestDay_StartsAtMidnightOrWhereThereIsNone(t *testing.T) {
	for _, c := range []struct {
		zone   string
		day    string
		starts string
		long   time.Duration
	}{
		{"Africa/Monrovia", "2026-11-29", "2026-11-29T00:00:00Z", 24 * time.Hour},
		{"Europe/London", "2026-03-29", "2026-03-29T00:00:00Z", 23 * time.Hour},
		{"Europe/London", "2026-10-25", "2026-10-25T00:00:00+01:00", 25 * time.Hour},
		{"Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00+03:00", 23 * time.Hour},
		{"Asia/Beirut", "2026-03-29", "2026-03-29T01:00:00+03:00", 23 * time.Hour},
		{"America/Santiago", "2026-09-06", "2026-09-06T01:00:00-03:00", 23 * time.Hour},
		{"America/Havana", "2026-03-08", "2026-03-08T01:00:00-04:00", 23 * time.Hour},
		{"America/Asuncion", "2023-10-01", "2023-10-01T01:00:00-03:00", 23 * time.Hour},
		{"Australia/Lord_Howe", "2026-04-05", "2026-04-05T00:00:00+11:00", 24*time.Hour + 30*time.Minute},
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00", 0},
		{"Pacific/Apia", "2011-12-29", "2011-12-29T00:00:00-10:00", 24 * time.Hour},
		{"America/St_Johns", "2006-10-29", "2006-10-29T00:00:00-03:30", 24 * time.Hour},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		y, m, d := at.Date()
		start := StartOfDay(y, m, d, loc)
		if got := start.Format(time.RFC3339); got != c.starts || StartOfDay(y, m, d+1, loc).Sub(start) != c.long {
			t.Errorf("%s in %s starts at %s and is %v long", c.day, c.zone, got, StartOfDay(y, m, d+1, loc).Sub(start))
		}
	}
}
