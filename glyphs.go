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

// onlyASCII is whether this program draws and writes words in ASCII alone.
var onlyASCII atomic.Bool

// chooseGlyphs takes the setting in: auto goes by the locale.
func chooseGlyphs(setting string) {
	_, utf := locale()
	onlyASCII.Store(setting == "ascii" || setting != "unicode" && !utf)
}

// locale is what decides about letters, and whether these are UTF-8. The first variable that
// is not empty counts. Windows has no such variables, and its console takes UTF-8.
func locale() (name string, utf bool) {
	for _, variable := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if name = os.Getenv(variable); name != "" {
			break
		}
	}
	upper := strings.ToUpper(name)
	return name, runtime.GOOS == "windows" || strings.Contains(upper, "UTF-8") || strings.Contains(upper, "UTF8")
}

// words is an output for words, which become ASCII where there is nothing else. What a
// machine reads does not go through it.
func words(to io.Writer) io.Writer { return &wordWriter{to: to} }

type wordWriter struct {
	to   io.Writer
	mu   sync.Mutex
	rest []byte // the beginning of a character whose end has not been written yet
}

// Write takes all of p.
func (w *wordWriter) Write(p []byte) (int, error) {
	if !onlyASCII.Load() {
		return w.to.Write(p)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.rest, p...)
	whole := len(text)
	for n := 1; n <= min(len(text), utf8.UTFMax); n++ { // behind the last whole character
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
