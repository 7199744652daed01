package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
)

// fromFile reads the settings file: the one that --config names, which must be there, or
// the usual one, which need not.
func fromFile(cmd *cobra.Command, environ []string, s *Settings) (layer, error) {
	l := layer{koanf.New("."), map[string]Origin{}}
	path, _ := cmd.Flags().GetString("config")
	asked := path != ""
	if !asked {
		path = usualFile(environ)
	}
	s.file = path
	if path == "" {
		return l, nil
	}
	text, mode, err := readFile(path)
	switch {
	case err != nil && !asked && errors.Is(err, fs.ErrNotExist):
		return l, nil
	case err != nil:
		return l, fmt.Errorf("settings file %w", err)
	}
	s.found = true
	if err := l.values.Load(raw(text), toml.Parser()); err != nil {
		return l, fmt.Errorf("settings file %s: %s", at(path, syntaxLine(err)), strings.TrimPrefix(bareToml(err), "toml: "))
	}
	return l, l.known(path, string(text), mode)
}

// known names what stands in a file and refuses what does not belong there.
func (l layer) known(path, text string, mode fs.FileMode) error {
	var problems []error
	for _, key := range l.values.Keys() {
		where := at(path, lineOf(text, key))
		i := slices.IndexFunc(table, func(d setting) bool { return d.key == key })
		if i < 0 {
			problems = append(problems, fmt.Errorf("%s: %s is not a setting: they are %s",
				where, show(short(key)), names(func(d setting) string { return d.key })))
			continue
		}
		if strings.HasSuffix(key, "_secret") || strings.HasSuffix(key, "_anon_key") {
			problems = append(problems, private(path, mode))
		}
		l.origins[key] = Origin{key, File, where}
	}
	return errors.Join(problems...)
}

// raw gives koanf the bytes that were read and checked already.
type raw []byte

// ReadBytes is what koanf asks of a provider that has a parser.
func (r raw) ReadBytes() ([]byte, error) { return r, nil }

// Read is for providers without a parser; koanf never calls it here.
func (r raw) Read() (map[string]any, error) {
	return nil, errors.New("a settings file needs its parser")
}

// usualFile is config.toml in the XDG config folder; empty when there is no home. A
// relative XDG_CONFIG_HOME is ignored, as the XDG base directory specification says.
func usualFile(environ []string) string {
	if dir := lookup(environ, "XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tillwatch", "config.toml")
	}
	if home := lookup(environ, "HOME"); home != "" {
		return filepath.Join(home, ".config", "tillwatch", "config.toml")
	}
	return ""
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

// lineOf finds the line of a key, counted from 1; 0 when it is not found, e.g. because
// it was written in a way that only a parser sees through.
func lineOf(text, key string) int {
	first, _, _ := strings.Cut(key, ".")
	assigned := regexp.MustCompile(`^\s*(\[\s*)*["']?` + regexp.QuoteMeta(first) + `["']?\s*[\].=]`)
	for i, line := range strings.Split(text, "\n") {
		if assigned.MatchString(line) {
			return i + 1
		}
	}
	return 0
}

// syntaxLine is the line of a syntax error, which go-toml's errors know.
func syntaxLine(err error) int {
	var placed interface{ Position() (row, column int) }
	if errors.As(err, &placed) {
		line, _ := placed.Position()
		return line
	}
	return 0
}

// bareToml is the parser's one line, without the piece of the file that some errors show:
// it could be a secret.
func bareToml(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return show(line)
}
