package config

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/v2"
)

// fromFile reads the settings file: the one that --config names, which must be there, or
// the usual one, which need not.
func (r reader) fromFile(s *Settings) (layer, error) {
	l := layer{koanf.New("."), map[string]Origin{}}
	path, _ := r.cmd.Flags().GetString("config")
	asked := r.cmd.Flags().Changed("config")
	switch {
	case asked && strings.TrimSpace(path) == "": // a variable that a script forgot to set
		return l, errors.New("--config is empty: want the name of a settings file")
	case !asked:
		path = usualFile(r.environ, runtime.GOOS)
	}
	s.file = path
	if path == "" {
		return l, nil
	}
	text, info, err := readFile(path)
	switch {
	case err != nil && !asked && errors.Is(err, fs.ErrNotExist):
		return l, nil
	case err != nil:
		return l, r.unread(asked, fmt.Errorf("settings file %w", err))
	}
	s.found = true
	d, line, err := parse(text)
	if err != nil {
		return l, r.unread(asked, fmt.Errorf("settings file %s: %s", at(path, line), bareToml(err)))
	}
	return l, r.known(s, l, d, path, info)
}

// unread is what becomes of a usual file that cannot be understood: to a command that
// only takes the screen's settings from it, it is not worth an end.
func (r reader) unread(asked bool, err error) error {
	if r.notes != nil && !asked {
		*r.notes = append(*r.notes, err.Error()+"; going on without it")
		return nil
	}
	return err
}

// known sorts what stands in a file and refuses what does not belong there.
func (r reader) known(s *Settings, l layer, d document, path string, info fs.FileInfo) error {
	var problems, strange []error
	flat := parsed{}
	refused := mine(path, info, r.weighty(d))
	if refused != nil {
		problems = append(problems, refused)
	}
	for _, key := range d.ordered(d.values) {
		i := slices.IndexFunc(r.table, func(d setting) bool { return d.key == key })
		if i < 0 {
			if r.notes == nil {
				strange = append(strange, strangers(d, key, path)...)
			}
			continue
		}
		if refused != nil && slices.Contains(weighty, key) {
			continue // the doctor must not use it either
		}
		origin := Origin{key, File, at(path, d.lines[dotted(key)])}
		l.origins[key] = origin
		value := d.values[key]
		if r.table[i].entries != nil {
			problems = append(problems, about(key, errors.Join(atMost(r.table[i].takeTable(s, d, origin, path), path)...)))
			continue
		}
		if flat[key] = value; isTable(value) {
			flat[key] = nil // koanf would take it apart
		}
		if strings.HasSuffix(key, "_secret") || strings.HasSuffix(key, "_anon_key") {
			problems = append(problems, private(path, info))
		}
	}
	if len(strange) > 0 { // the list is long, so it is told once
		strange = atMost(strange, path)
		last := len(strange) - 1
		strange[last] = fmt.Errorf("%w: they are %s", strange[last], names(func(d setting) string { return d.key }))
	}
	return errors.Join(append(append(problems, strange...), l.values.Load(flat, nil))...)
}

// weighty lists the settings that decide where credentials go, what is written where, whose money
// it is, and what runs.
var weighty = []string{
	"dollr_client_id", "dollr_client_secret", "dollr_client_secret_file", "dollr_base_url",
	"supabase_url", "supabase_anon_key", "supabase_anon_key_file", "money", "journal", "log_file", "dump", "hook", "hook_sim",
}

// weighty returns those of them that a file has and the command takes.
func (r reader) weighty(d document) (keys []string) {
	for _, key := range d.ordered(d.values) {
		if slices.Contains(weighty, key) && slices.ContainsFunc(r.table, func(d setting) bool { return d.key == key }) {
			keys = append(keys, key)
		}
	}
	return keys
}

// strangers names every value under a key that is no setting.
func strangers(d document, key, path string) []error {
	var problems []error
	for _, name := range d.under(d.values[key], key) {
		problems = append(problems, fmt.Errorf("%s: %s is not a setting", at(path, d.lines[name]), short(name)))
	}
	return problems
}

// atMost keeps as many mistakes of one kind as a person corrects in one go, and counts the rest,
// because the file may be another program's.
func atMost(problems []error, path string) []error {
	const most = 20
	if more := len(problems) - most; more > 0 {
		return append(problems[:most:most], fmt.Errorf("%s: and %s more like these", show(path), thousands(more)))
	}
	return problems
}

// thousands is a number below a million with a comma that makes it readable.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// takeTable takes what stands in a table of the file.
func (t setting) takeTable(s *Settings, d document, origin Origin, path string) []error {
	lines, ok := d.values[t.key].(map[string]any)
	if !ok {
		return []error{fmt.Errorf("%s: want %s", origin.place(), t.allowed)}
	}
	var all []entry
	for _, name := range d.ordered(lines, t.key) {
		where := dotted(t.key, name)
		all = append(all, entry{
			Origin: Origin{short(where), File, at(path, d.lines[where])}, name: name, value: lines[name],
			setting: slices.ContainsFunc(table, func(d setting) bool { return d.key == name }),
		})
	}
	return t.entries(s, origin, all)
}

func isTable(value any) bool {
	_, is := value.(map[string]any)
	return is
}

// parsed gives koanf what was read and checked already.
type parsed map[string]any

// Read is what koanf asks of a provider that needs no parser.
func (p parsed) Read() (map[string]any, error) { return p, nil }

// ReadBytes is for providers with a parser; koanf never calls it here.
func (p parsed) ReadBytes() ([]byte, error) {
	return nil, errors.New("a settings file is parsed already")
}

// lookup finds a variable; the last one wins, as in os/exec.
func lookup(environ []string, name string) string {
	for _, pair := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

func at(path string, line int) string {
	if line == 0 {
		return show(path)
	}
	return fmt.Sprintf("%s:%d", show(path), line)
}

// bareToml is the parser's one line without the values of the file that it may hold: the
// piece of the file that some errors show, and a number that could not be read. Either could
// be a secret whose quotes were forgotten. What is left of the text are names, of any length,
// and single characters.
func bareToml(err error) string {
	line, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "toml: "), "\n")
	if strings.Contains(line, "strconv.") {
		return "a number that is none, or is too large; a text stands in quotes"
	}
	const most = 120
	if runes := []rune(line); len(runes) > most {
		line = string(runes[:most]) + "…"
	}
	return show(line)
}
