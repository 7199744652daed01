package doctor

import (
	"context"
	"strings"
)

// settings reports the settings in use. Defaults share one line, because they are seldom at fault.
// The server that is asked always has a line of its own.
func (r *run) settings(context.Context) {
	names := []string{"settings file"}
	var usual []string
	own := func(s Setting) bool { return !s.Default || len(s.Bad) > 0 || s.Name == "dollr_base_url" }
	for _, s := range r.Settings {
		if own(s) {
			names = append(names, s.Name)
		} else {
			usual = append(usual, s.Name+" "+s.Value)
		}
	}
	r.group("SETTINGS", names...)
	switch {
	case len(r.Problems) > 0:
		for _, p := range r.Problems {
			r.line(Bad, "settings", p, "mend or remove it: tillwatch watch does not start with it")
		}
	case r.File == "":
		r.line(Good, "settings file", "none: there is no home folder to look in")
	case r.There:
		r.line(Good, "settings file", r.File)
	default:
		r.line(Good, "settings file", r.File+" is not there, which is fine")
	}
	for _, s := range r.Settings {
		for _, bad := range s.Bad {
			var do []string
			if s.Do != "" {
				do = append(do, s.Do)
			}
			r.line(Bad, s.Name, bad, do...)
		}
		if len(s.Bad) == 0 && own(s) {
			r.line(Good, s.Name, s.Value+" ("+s.Origin+")")
		}
	}
	if len(usual) > 0 {
		r.line(Good, "by default", strings.Join(usual, ", "))
	}
}
