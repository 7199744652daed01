package main

import (
	"bytes"
	"strings"
	"testing"

	"tillwatch/watch"
)

func TestLocale_TheFirstVariableThatIsNotEmptyDecides(t *testing.T) {
	for _, c := range []struct {
		all, ctype, lang string
		utf              bool
	}{
		{"", "", "", false}, {"", "", "C", false}, {"", "", "POSIX", false}, {"", "", "en_US", false}, {"", "", "de_DE.ISO-8859-1", false},
		{"", "", "C.UTF-8", true}, {"", "", "en_US.utf8", true}, {"", "UTF-8", "", true}, {"", "", "en_GB.UTF-8@euro", true},
		{"C", "en_US.UTF-8", "en_US.UTF-8", false}, {"", "C", "en_US.UTF-8", false}, {"en_US.UTF-8", "C", "C", true}, {"", "en_US.UTF-8", "C", true},
	} {
		t.Setenv("LC_ALL", c.all)
		t.Setenv("LC_CTYPE", c.ctype)
		t.Setenv("LANG", c.lang)
		if name, utf := locale(); utf != c.utf {
			t.Errorf("%+v: %q is UTF-8: %v", c, name, utf)
		}
		for setting, want := range map[string]bool{"auto": !c.utf, "unicode": false, "ascii": true} {
			if chooseGlyphs(setting); onlyASCII.Load() != want {
				t.Errorf("%+v, glyphs = %s: ASCII alone: %v", c, setting, !want)
			}
		}
	}
	onlyASCII.Store(false)
}

func TestWords_InASCIIWhereverAWriteEnds(t *testing.T) {
	defer onlyASCII.Store(onlyASCII.Load())
	const text = "Bearer \u2022\u2022\u2022, a long name\u2026 \u0ba4\u0bae\u0bbf\u0bb4\u0bcd \U0001f469, caf\u00e9\n"
	for at := range len(text) {
		var out bytes.Buffer
		w := words(&out)
		onlyASCII.Store(true)
		for _, part := range []string{text[:at], text[at:]} {
			if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		if want := "Bearer ***, a long name~ ??? ?, caf?\n"; out.String() != want {
			t.Fatalf("cut at %d: %q", at, out.String())
		}
		onlyASCII.Store(false)
		out.Reset()
		if _, err := w.Write([]byte(text)); err != nil || out.String() != text {
			t.Fatalf("with a locale of UTF-8: %q, %v", out.String(), err)
		}
	}
	if watch.ASCII("plain") != "plain" || strings.ContainsRune(watch.ASCII(watch.Hidden), '?') {
		t.Error("a mask is no mask any more")
	}
}
