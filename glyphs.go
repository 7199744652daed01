package main

import (
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"tillwatch/watch"
)

// onlyASCII says whether this program draws and writes words in ASCII alone.
var onlyASCII atomic.Bool

// chooseGlyphs applies the setting. With auto the locale decides.
func chooseGlyphs(setting string) {
	_, utf := locale()
	onlyASCII.Store(setting == "ascii" || setting != "unicode" && !utf)
}

// locale returns the locale that decides about letters, and whether it is UTF-8. The first variable
// that is not empty counts. Windows has no such variables, and its console accepts UTF-8.
func locale() (name string, utf bool) {
	for _, variable := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if name = os.Getenv(variable); name != "" {
			break
		}
	}
	upper := strings.ToUpper(name)
	return name, runtime.GOOS == "windows" || strings.Contains(upper, "UTF-8") || strings.Contains(upper, "UTF8")
}

// words returns an output for people, which turns text into ASCII if the terminal has only ASCII.
// Output for machines must not go through it.
func words(to io.Writer) io.Writer { return &wordWriter{to: to} }

type wordWriter struct {
	to   io.Writer
	mu   sync.Mutex
	rest []byte // the start of a character that is not complete yet
}

// Write implements [io.Writer]. It keeps an incomplete last character for the next call.
func (w *wordWriter) Write(p []byte) (int, error) {
	if !onlyASCII.Load() {
		return w.to.Write(p)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.rest, p...)
	whole := len(text)
	for n := 1; n <= min(len(text), utf8.UTFMax); n++ { // find the end of the last whole character
		if last := text[len(text)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				whole -= n
			}
			break
		}
	}
	w.rest = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(w.to, watch.ASCII(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}
