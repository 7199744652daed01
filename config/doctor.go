package config

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// Doctor is what `tillwatch doctor` was asked. A mistake in the settings is no end of it:
// what could be read is in Settings, without what was wrong, and what was wrong is told.
type Doctor struct {
	Settings
	Payment  string   // as given; empty: none
	Found    []Found  // the settings that stand somewhere, have a default, or are missing
	Problems []string // what is wrong and is about no one setting, in one line each
	File     string   // where a settings file was looked for; empty: nowhere
	There    bool     // and whether it is there
	Version  string   // of this program
}

// Found is one setting, fit to be shown to anyone.
type Found struct {
	Origin
	Value   string   // never a secret, nor a part of one
	Bad     []string // what is wrong with it, in one line each; then there is no Value
	Missing bool     // it is not set, and a run on an API needs it
}

const doctorStatuses = "Exit status: 0 nothing is bad, though something may be unknown; 4 something is bad; 5 Dollr\n" +
	"refuses the credentials; 2 bad usage; 130 interrupted."

func doctorCommand(sys System, runs Runs) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor [PAYMENT]",
		Short: "Find out what is wrong: settings, network, credentials, channel, clock",
		Long: "Looks at everything that watching needs, one line a check: OK is good, XX is bad, ?? could not\n" +
			"be known; under a line stands what to do. With a PAYMENT, as watch takes it, its status, its key\n" +
			"and its channel are looked at too. It only asks, and prints no secret.\n\n" + doctorStatuses,
		Example: "  tillwatch doctor\n  tillwatch doctor 55:550e8400-e29b-41d4-a716-446655440000:ORDER",
		Args:    cobra.MaximumNArgs(1),
	}
	settingFlags(cmd, table, sys.Vocabulary)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d := Doctor{Version: Version()}
		if len(args) > 0 {
			if d.Payment = strings.TrimSpace(args[0]); d.Payment == "" {
				return Refuse("the payment is empty")
			}
		}
		var err, mistakes error
		d.Settings, err = load(cmd, sys)
		if bad := (*refusal)(nil); errors.As(err, &bad) {
			mistakes = bad.err
		} else if err != nil {
			return err
		}
		d.File, d.There = show(d.file), d.found
		d.Found, d.Problems = d.sorted(mistakes)
		return runs.Doctor(cmd.Context(), d)
	}
	return cmd
}

// sorted returns every setting as it was found, and the problems with them.
func (s Settings) sorted(err error) (found []Found, problems []string) {
	bad := map[string][]string{}
	each(err, func(err error) {
		var m *mistake
		if errors.As(err, &m) {
			bad[m.key] = append(bad[m.key], err.Error())
		} else {
			problems = append(problems, err.Error())
		}
	})
	lacking := s.lacking()
	for _, d := range table {
		f := Found{Origin: s.origins[d.key], Bad: bad[d.key]}
		switch {
		case len(f.Bad) > 0:
			f.Key = d.key
		case f.Key != "":
			f.Value = s.noted[d.key]
			if d.shown != nil {
				f.Value = d.shown(s)
			}
		default:
			for _, c := range lacking {
				_, elsewhere := s.origins[c.key+"_file"] // which is bad, and said so itself
				if f.Missing = c.key == d.key && !elsewhere; f.Missing {
					f.Key, f.Bad = d.key, []string{
						"missing: looked for " + strings.Join(c.looked, ", ") + ", and " + c.key + " in the file",
					}
					break
				}
			}
			if !f.Missing {
				continue
			}
		}
		found = append(found, f)
	}
	return found, problems
}

// mistake is what is wrong with one setting.
type mistake struct {
	key string
	err error
}

// Error is the mistake in words, which name the place.
func (m *mistake) Error() string { return m.err.Error() }

// Unwrap gives what it was made of.
func (m *mistake) Unwrap() error { return m.err }

// about makes each of the errors joined in err one about a setting; nil stays nil.
func about(key string, err error) error {
	var all []error
	each(err, func(err error) { all = append(all, &mistake{key, err}) })
	return errors.Join(all...)
}

// each calls do with every error that was joined into err.
func each(err error, do func(error)) {
	switch many, joined := err.(interface{ Unwrap() []error }); {
	case err == nil:
	case joined:
		for _, one := range many.Unwrap() {
			each(one, do)
		}
	default:
		do(err)
	}
}

// note keeps what was given of a setting that may be shown as it was given.
func (s *Settings) note(d setting, text string) {
	if d.shown != nil || d.hidden {
		return
	}
	if s.noted == nil {
		s.noted = map[string]string{}
	}
	s.noted[d.key] = show(text)
}

// begins is the front of an id: enough to tell two apart on the phone.
func begins(id string) string {
	const most = 4
	if runes := []rune(id); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return "…" // so short a one would be shown whole
}

// program is the front of a command without its words, one of which may be a secret.
func program(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return show(filepath.Base(words[0]))
}
