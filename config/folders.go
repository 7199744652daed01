package config

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
)

// folders says where the program's own files lie: in the folder that a variable of the XDG base
// directory specification names, else in one of the home folder, else where Windows keeps
// such files.
type folders struct {
	xdg     string // a relative value is ignored, as the specification says
	home    []string
	windows string
}

var (
	configFolder = folders{"XDG_CONFIG_HOME", []string{".config"}, "APPDATA"} // os.UserConfigDir, on Windows
	stateFolder  = folders{"XDG_STATE_HOME", []string{".local", "state"}, "LOCALAPPDATA"}
)

// in is the folder of ours in an environment; empty: there is none.
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
	for _, pair := range environ { // its names have letters of any case
		if name, dir, _ := strings.Cut(pair, "="); strings.EqualFold(name, f.windows) && dir != "" {
			return filepath.Join(dir, "tillwatch")
		}
	}
	return ""
}

// usualFile is the settings file; empty when there is no folder for it.
func usualFile(environ []string, goos string) string {
	if dir := configFolder.in(environ, goos); dir != "" {
		return filepath.Join(dir, "config.toml")
	}
	return ""
}

// stateDir is the folder of journal and log; empty when there is none.
func stateDir(environ []string, goos string) string { return stateFolder.in(environ, goos) }

// StateDir is the folder for what the program itself keeps: tillwatch in the XDG state folder, or
// in LOCALAPPDATA. The error says why there is none.
func (s Settings) StateDir() (string, error) {
	switch {
	case s.state != "":
		return s.state, nil
	case runtime.GOOS == "windows":
		return "", errors.New("neither XDG_STATE_HOME nor HOME nor LOCALAPPDATA is set")
	}
	return "", errors.New("neither XDG_STATE_HOME nor HOME is set")
}
