package config

import "fmt"

// Layer is one of the places where a setting can stand.
type Layer uint8

// The layers, weakest first: a later one overrides an earlier one.
const (
	Default Layer = iota
	File
	Environment
	Flag
)

// Origin says where the value of one setting came from.
type Origin struct {
	Key   string // the setting's name in the file, e.g. "status_rate"
	Layer Layer
	Name  string // the variable, the flag, or the file with its line
}

// String is the origin in words, e.g. "environment variable TILLWATCH_STATUS_RATE".
func (o Origin) String() string {
	switch o.Layer {
	case File:
		return fmt.Sprintf("%s in %s", o.Key, o.Name)
	case Environment:
		return "environment variable " + o.Name
	case Flag:
		return "flag " + o.Name
	default:
		return "default"
	}
}

// place is the origin at the front of an error: a file comes with its line first, where
// an editor or a terminal finds it.
func (o Origin) place() string {
	if o.Layer == File {
		return o.Name + ": " + o.Key
	}
	return o.String()
}
