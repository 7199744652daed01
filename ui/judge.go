package ui

import (
	"slices"
	"strings"
)

// judge says at once whether a field can be right. Amount and currency are judged together.
func (m *Model) judge(d *field) {
	f := m.form
	f.wrong, f.twin = "", twin{}
	if d.key == "" {
		return
	}
	for _, pair := range [][]string{
		{"reference_id"}, {"session_id"}, {"source_type"}, {"source_id"}, {"amount", "currency"}, {"method"}, {"phone"}, {"label"}, {"executed_at"},
	} {
		if !slices.Contains(pair, d.key) {
			continue
		}
		_, err := m.options.Desk.Read(f.line(pair...))
		for _, other := range f.fields {
			if !slices.Contains(pair, other.key) {
				continue
			}
			if other.wrong = ""; err != nil && other == f.guilty(pair, err) {
				other.wrong = masked(err.Error())
			}
		}
	}
	m.warn()
}

// guilty is the field of a pair that an error is about.
func (f *form) guilty(pair []string, err error) *field {
	name := pair[0]
	if len(pair) > 1 && f.value(pair[0]) != "" && strings.Contains(err.Error(), "currency") {
		name = pair[1]
	}
	for _, d := range f.fields {
		if d.key == name {
			return d
		}
	}
	return nil
}
