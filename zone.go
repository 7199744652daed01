package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	_ "time/tzdata" // for a machine without zone files

	"tillwatch/watch"
)

// localtime is the file of the machine's zone. Tests replace it.
var localtime = "/etc/localtime"

// zoneTrouble says why the time zone that the environment asks for cannot be used; empty: it can.
// Go's runtime then falls back to UTC without a word, so days are those of UTC.
func zoneTrouble() string {
	if runtime.GOOS == "windows" { // Windows always tells its zone, and has no such variable
		return ""
	}
	given, set := os.LookupEnv("TZ")
	name := strings.TrimPrefix(given, ":")
	shown := watch.Clean(given, 60)
	why, err := "", error(nil)
	switch {
	case !set:
		why = "this machine's time zone cannot be read (" + localtime + "), and TZ is not set"
		err = zoneFile(localtime)
	case name == "":
		return "TZ is empty" + daysOfUTC
	case name == "UTC":
	case filepath.IsAbs(name):
		why = "TZ=" + shown + ": there is no such file of a time zone"
		err = zoneFile(name)
	case name == "Local": // Go's name for the machine's zone
		return "TZ=" + shown + ": there is no such time zone" + daysOfUTC
	default:
		why = "TZ=" + shown + ": there is no such time zone"
		_, err = time.LoadLocation(name)
	}
	if err != nil {
		return why + daysOfUTC
	}
	return ""
}

const daysOfUTC = "; days and times are those of UTC. Set TZ to a name such as Africa/Monrovia"

// zoneFile returns nil if a file holds a zone.
func zoneFile(path string) error {
	data, err := os.ReadFile(path)
	if err == nil {
		_, err = time.LoadLocationFromTZData(path, data)
	}
	return err
}

// startOfDay returns the first instant of a day in the zone of this machine.
func startOfDay(year int, month time.Month, day int) time.Time {
	return watch.StartOfDay(year, month, day, time.Local)
}
