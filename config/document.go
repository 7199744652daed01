package config

import (
	"bytes"
	"errors"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// document is what stands in a settings file, and the line of every key in it, counted
// from 1. A key is known by its path as [dotted] writes it, for it may be written in many
// ways: quoted, under a [table], with dots, or in a table within a line.
type document struct {
	values map[string]any
	lines  map[string]int
}

// bom is the mark that some editors, Notepad among them, put first.
var bom = []byte("\ufeff")

// parse reads TOML. Its error comes with the line where it is; 0 if the line is unknown.
func parse(text []byte) (document, int, error) {
	text = bytes.TrimPrefix(text, bom)
	d := document{lines: map[string]int{}}
	starts := d.find(text)
	if err := toml.Unmarshal(text, &d.values); err != nil {
		var placed *toml.DecodeError
		if errors.As(err, &placed) {
			line, _ := placed.Position()
			return d, line, err
		}
		return d, culprit(text, starts), err
	}
	return d, 0, nil
}

// deepest is how many names a path has at most. No setting has so many, and a file of
// nothing but dots must not cost a minute.
const deepest = 4

// start is the front of an expression of TOML: a line `key = …`, or a [table].
type start struct{ offset, line int }

// find notes the line of every key, as far as text is TOML. It reads the same tree that
// the decoder does, so the two cannot differ about what a key is.
func (d document) find(text []byte) []start {
	var starts []start
	var table []string
	line, seen := 1, 0
	lineAt := func(offset uint32) int { // keys are met in their order in the text
		line += bytes.Count(text[seen:offset], []byte{'\n'})
		seen = int(offset)
		return line
	}
	var walk func(path []string, node *unstable.Node)
	walk = func(path []string, node *unstable.Node) {
		for key := node.Key(); key.Next(); {
			at := lineAt(key.Node().Raw.Offset)
			if len(path) == deepest {
				continue
			}
			path = append(slices.Clip(path), string(key.Node().Data))
			if name := dotted(path...); d.lines[name] == 0 {
				d.lines[name] = at
			}
		}
		if node.Kind != unstable.KeyValue {
			table = path
		} else if node.Value().Kind == unstable.InlineTable {
			for pairs := node.Value().Children(); pairs.Next(); {
				walk(path, pairs.Node())
			}
		}
	}
	var p unstable.Parser
	for p.Reset(text); p.NextExpression(); {
		node := p.Expression()
		key := node.Key()
		key.Next()
		first := key.Node().Raw.Offset
		starts = append(starts, start{1 + bytes.LastIndexByte(text[:first], '\n'), lineAt(first)})
		if node.Kind != unstable.KeyValue {
			table = nil // a [table] is named from the top
		}
		walk(table, node)
	}
	return starts
}

// culprit is the line of a mistake that the decoder tells without one, a key that is there
// twice for example: that of the first expression with which the text does not decode.
func culprit(text []byte, starts []start) int {
	i := sort.Search(len(starts), func(i int) bool {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1].offset
		}
		var values map[string]any
		return toml.Unmarshal(text[:end], &values) != nil
	})
	if i == len(starts) {
		return 0
	}
	return starts[i].line
}

// bareKey is a key that needs no quotes in TOML.
var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// dotted is a path as TOML would write it on one line. It can be shown to a person.
func dotted(path ...string) string {
	all := make([]string, len(path))
	for i, name := range path {
		if all[i] = name; !bareKey.MatchString(name) {
			all[i] = strconv.Quote(name)
		}
	}
	return strings.Join(all, ".")
}

// under lists the paths of all values within one, in the order of the text, and of what
// is too deep.
func (d document) under(value any, path ...string) []string {
	table, ok := value.(map[string]any)
	if !ok || len(table) == 0 || len(path) == deepest {
		return []string{dotted(path...)}
	}
	var all []string
	for _, name := range d.ordered(table, path...) {
		all = append(all, d.under(table[name], append(slices.Clip(path), name)...)...)
	}
	return all
}

// ordered lists the names in a table in the order of the text.
func (d document) ordered(table map[string]any, path ...string) []string {
	line := func(name string) int { return d.lines[dotted(append(slices.Clip(path), name)...)] }
	all := slices.Sorted(maps.Keys(table))
	slices.SortStableFunc(all, func(a, b string) int { return line(a) - line(b) })
	return all
}
