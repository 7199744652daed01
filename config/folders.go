package config

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
)

// folders says where the program's own files lie. It is the folder that a variable of the XDG base
// directory specification names. Without the variable it is one in the home folder, or else where
// Windows keeps such files.
type folders struct {
	xdg     string // a relative value is ignored, as the specification says
	home    []string
	windows string
}

var (
	configFolder = folders{"XDG_CONFIG_HOME", []string{".config"}, "APPDATA"} // on Windows as os.UserConfigDir
	stateFolder  = folders{"XDG_STATE_HOME", []string{".local", "state"}, "LOCALAPPDATA"}
)

// in returns tillwatch's folder in an environment; empty if there is none.
func (f folders) in(environ []string, goos string) string {
	if dir := lookup(environ, f.xdg); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tillwatch")
	}
	if home := lookup(environ, "HOME"); home != "" {
		return filepath.Join(append(append([]string{home}, f.home...), "tillwatch")...)
	}
	if goos != "windows" {
		return ""
	}
	for _, pair := range environ { // on Windows the names of variables may have any case
		if name, dir, _ := strings.Cut(pair, "="); strings.EqualFold(name, f.windows) && dir != "" {
			return filepath.Join(dir, "tillwatch")
		}
	}
	return ""
}

// usualFile returns the settings file; empty if there is no folder for it.
func usualFile(environ []string, goos string) string {
	if dir := configFolder.in(environ, goos); dir != "" {
		return filepath.Join(dir, "config.toml")
	}
	return ""
}

// stateDir returns the folder of journal and log; empty if there is none.
func stateDir(environ []string, goos string) string { return stateFolder.in(environ, goos) }

// StateDir returns the folder for the files that the program itself keeps: tillwatch in the XDG
// state folder, or in LOCALAPPDATA on Windows. The error says why there is none.
func (s Settings) StateDir() (string, error) {
	switch {
	case s.state != "":
		return s.state, nil
	case runtime.GOOS == "windows":
		return "", errors.New("neither XDG_STATE_HOME nor HOME nor LOCALAPPDATA is set")
	}
	return "", errors.New("neither XDG_STATE_HOME nor HOME is set")
}
