package config

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
)

// prefix begins every variable of tillwatch. Other programs of the merchant may have variables that
// begin with DOLLR_ or SUPABASE_, so only an unknown variable with this prefix is a mistake.
const prefix = "TILLWATCH_"

// layer is what one place says: its values, and where each stands.
type layer struct {
	values  *koanf.Koanf
	origins map[string]Origin
}

// reader gathers the settings of one command.
type reader struct {
	cmd     *cobra.Command
	environ []string
	words   Vocabulary
	table   []setting // those that the command has

	// flagOnly is a setting of which neither the file nor the environment is asked.
	flagOnly string

	// beside records where the file and the environment say that credentials go, whatever a flag
	// says. Nil: the caller does not ask.
	beside addresses

	// firm is a value, by its setting, that no nearer place takes back.
	firm map[string]string

	// notes is set for a command that has only some settings: it passes over the others
	// without a look, and is told here why the usual file was of no use.
	notes *[]string
}

// Given makes settings of the defaults and these variables (NAME=value) alone: no file, no
// flag and no other environment is read. It is for a run on a sandbox of our own.
func Given(variables []string) (Settings, error) {
	r := reader{environ: variables, table: table}
	l, err := r.fromEnvironment()
	if err != nil {
		return Settings{}, &refusal{err}
	}
	s := Settings{origins: map[string]Origin{}}
	if err := s.gather(r.table, l); err != nil {
		return s, &refusal{err}
	}
	return s, nil
}

// load reads the settings of a command: flags over environment over file over defaults.
func load(cmd *cobra.Command, sys System) (Settings, error) {
	return reader{cmd: cmd, environ: sys.Environ, words: sys.Vocabulary, table: table}.load()
}

// loadScreen reads only the settings of the screen. No credential is among them, and the rest of
// the environment and the file is ignored, right or wrong. The notes say why a file was not used.
func loadScreen(cmd *cobra.Command, sys System) (screen Screen, notes []string, err error) {
	s, err := reader{
		cmd: cmd, environ: sys.Environ, words: sys.Vocabulary, table: settingsOfTheScreen, notes: &notes,
	}.load()
	return s.Screen, notes, err
}

func (r reader) load() (Settings, error) {
	s := Settings{origins: map[string]Origin{}, words: r.words, state: stateDir(r.environ, runtime.GOOS)}
	file, errFile := r.fromFile(&s)
	variables, errEnv := r.fromEnvironment()
	for i, l := range []layer{file, variables} {
		r.beside.take([]Layer{File, Environment}[i], l)
		if r.flagOnly != "" {
			l.values.Delete(r.flagOnly)
			delete(l.origins, r.flagOnly)
		}
	}
	flags, err := r.fromFlags()
	if err != nil {
		return s, fmt.Errorf("reading the flags: %w", err)
	}
	r.hold(file, variables, flags)
	err = errors.Join(errFile, errEnv, s.gather(r.table, file, variables, flags), s.together(), s.mixedUp())
	s.words = Vocabulary{}
	if err != nil {
		return s, &refusal{err}
	}
	return s, nil
}

// hold has nearer places say nothing of what stands firm in a weaker one; weakest first.
func (r reader) hold(layers ...layer) {
	for key, value := range r.firm {
		held := false
		for _, l := range layers {
			if held {
				l.values.Delete(key)
				delete(l.origins, key)
			}
			held = held || l.values.String(key) == value
		}
	}
}

// gather takes the settings from these places, weakest first. Every mistake is reported,
// not only the first, for a user mends them in one go.
func (s *Settings) gather(settings []setting, layers ...layer) error {
	var problems []error
	all := koanf.New(".")
	for _, l := range layers {
		problems = append(problems, both(l)...)
		if err := all.Merge(l.values); err != nil {
			return fmt.Errorf("merging the settings: %w", err)
		}
		for key, origin := range l.origins {
			s.origins[key] = origin
		}
	}
	s.onlyNearest("dollr_client_secret", "dollr_client_secret_file")
	s.onlyNearest("supabase_anon_key", "supabase_anon_key_file")
	for _, d := range settings {
		problems = append(problems, about(d.key, s.take(d, all)))
	}
	return errors.Join(problems...)
}

// take checks one setting and puts it where it belongs.
func (s *Settings) take(d setting, all *koanf.Koanf) error {
	origin, given := s.origins[d.key]
	if !given {
		if all.Exists(d.key) || d.fallback == "" {
			return nil // a nearer place says it under its other name, or no place says it
		}
		s.origins[d.key] = Origin{Key: d.key, Layer: Default}
		s.note(d, d.fallback) // a good value
		return d.put(s, d.fallback)
	}
	var text string
	var err error
	switch value := all.Get(d.key); {
	case d.entries != nil:
		return nil // the file alone has it, and it was taken there
	case d.list != nil:
		err = d.list(s, origin, value)
	default:
		if text, err = plain(value); err == nil {
			err = d.put(s, text)
		}
		if err == nil {
			s.note(d, text)
		}
	}
	if errors.Is(err, errBad) && inQuotes(text) {
		err = errQuoted
	}
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, errBad):
		return fmt.Errorf("%s: %w", origin.place(), err)
	case d.hidden || text == "":
		return fmt.Errorf("%s: want %s", origin.place(), d.allowed)
	}
	return fmt.Errorf("%s: %s is not %s", origin.place(), strconv.Quote(short(text)), d.allowed)
}

// short keeps an error at one line of a screen.
func short(text string) string {
	const most = 32
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// plain is a value as text: what was written, for numbers and booleans too.
func plain(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", errBad // a list, a table or a date
}

// both reports the pairs that one place gives twice, as itself and as a file.
func both(l layer) []error {
	var problems []error
	for _, key := range []string{"dollr_client_secret", "supabase_anon_key"} {
		one, here := l.origins[key]
		two, too := l.origins[key+"_file"]
		if here && too {
			problems = append(problems, fmt.Errorf("%s and %s are both set: keep one", one, two))
		}
	}
	return problems
}

// onlyNearest forgets the weaker of two names for one setting.
func (s *Settings) onlyNearest(a, b string) {
	one, here := s.origins[a]
	two, too := s.origins[b]
	switch {
	case !here || !too:
	case one.Layer > two.Layer:
		delete(s.origins, b)
	default:
		delete(s.origins, a)
	}
}

// fromFlags takes the flags that were given. posflag leaves the others out.
func (r reader) fromFlags() (layer, error) {
	l := layer{koanf.New("."), map[string]Origin{}}
	flags := r.cmd.Flags()
	for _, d := range r.table {
		if d.flag != "" && flags.Changed(d.flag) {
			l.origins[d.key] = Origin{d.key, Flag, "--" + d.flag}
		}
	}
	return l, l.values.Load(posflag.ProviderWithValue(flags, ".", nil, func(name, value string) (string, any) {
		for _, d := range r.table {
			if d.flag == name {
				return d.key, value
			}
		}
		return "", nil // a flag of the command itself
	}), nil)
}

// fromEnvironment takes the variables of the table. Names are looked up whole: koanf's
// usual cutting at "_" would make status.rate of STATUS_RATE. An empty variable counts as
// not set, as in a shell's ${NAME:-default}.
func (r reader) fromEnvironment() (layer, error) {
	l := layer{koanf.New("."), map[string]Origin{}}
	var problems []error
	err := l.values.Load(env.Provider("", env.Opt{
		EnvironFunc: func() []string { return r.environ },
		TransformFunc: func(name, value string) (string, any) {
			if name == "" || value == "" {
				return "", nil
			}
			i := slices.IndexFunc(r.table, func(d setting) bool { return d.env == name })
			if i < 0 {
				if strings.HasPrefix(name, prefix) && r.notes == nil {
					problems = append(problems, fmt.Errorf("environment variable %s is not known: the settings are %s",
						show(name), names(func(d setting) string { return d.env })))
				}
				return "", nil
			}
			l.origins[r.table[i].key] = Origin{r.table[i].key, Environment, name}
			return r.table[i].key, value
		},
	}), nil)
	return l, errors.Join(append(problems, err)...)
}
