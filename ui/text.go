package ui

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/text/unicode/norm"

	"tillwatch/watch"
)

// longestText bounds any text from outside that is laid out, in characters. A cell is
// far shorter; the detail wraps what is longer than a line.
const longestText = 240

// cleaned is text that the user typed or that the program made, fit for a line.
func cleaned(s string, most int) string { return settle(watch.Clean(s, most)) }

// foreign makes text from outside fit for a cell. It is cleaned again here, because this is the
// last place before the terminal. What could pass for a verdict of tillwatch is put in quotes, so
// that a label "OK PAID" never looks like the word PAID.
func foreign(s string) string {
	s = settle(watch.Clean(s, longestText))
	if soundsLikeVerdict(s) {
		return `"` + strings.ReplaceAll(s, `"`, "'") + `"`
	}
	return s
}

// masked is foreign for text that may repeat a payer's number.
func masked(s string) string { return foreign(watch.Safe(s, longestText)) }

// rawText makes a body of the journal fit to be shown. An older tillwatch may have written what is
// hidden today. A body that was cut then is no JSON any more.
func rawText(body string) string {
	if !json.Valid([]byte(body)) {
		return watch.WithoutSecrets(body)
	}
	return watch.Redact([]byte(body))
}

// settle reduces a character that is drawn much wider than a letter to its first rune.
func settle(s string) string {
	if ascii(s) {
		return s
	}
	var b strings.Builder
	for rest := s; rest != ""; {
		cluster, wide := ansi.FirstGraphemeCluster(rest, ansi.GraphemeWidth)
		if cluster == "" {
			break
		}
		rest = rest[len(cluster):]
		if max(wide, ansi.StringWidthWc(cluster)) > widestCharacter {
			_, n := utf8.DecodeRuneInString(cluster)
			cluster = cluster[:n]
		}
		b.WriteString(cluster)
	}
	return b.String()
}

// widestCharacter is how many columns a character may take. A family of five takes ten where a
// terminal draws each person.
const widestCharacter = 10

// drawn is how the terminal draws characters of several runes. Terminals differ. Bubble Tea's
// renderer counts as this terminal says it draws, and the board must count likewise, or a row would
// be too long.
var drawn atomic.Int32

// The ways to draw a character. Until the way is known, text counts as wide as in the wider of
// them.
const (
	drawnUnknown int32 = iota
	drawnByRune
	drawnWhole
)

// measure returns how many columns text takes, without escape sequences.
func measure(s string) int {
	switch drawn.Load() {
	case drawnByRune:
		return ansi.StringWidthWc(s)
	case drawnWhole:
		return ansi.StringWidth(s)
	}
	return max(ansi.StringWidth(s), ansi.StringWidthWc(s))
}

// shorten cuts text, which may hold escape sequences, to w columns. A cut text ends with tail.
func shorten(s string, w int, tail string) string {
	way := drawn.Load()
	if way != drawnByRune {
		s = ansi.Truncate(s, w, tail)
	}
	if way != drawnWhole {
		s = ansi.TruncateWc(s, w, tail)
	}
	if measure(s) <= w {
		return s
	}
	s = strings.TrimSuffix(ansi.Strip(s), tail) // package ansi does not always count as it cuts
	for s != "" && measure(s+tail) > w {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s + tail
}

// shortenLeft removes the first columns of text.
func shortenLeft(s string, columns int, lead string) string {
	if drawn.Load() == drawnByRune {
		return ansi.TruncateLeftWc(s, columns, lead)
	}
	return ansi.TruncateLeft(s, columns, lead)
}

// asciiFrame turns a frame into ASCII, with everything in its place.
func asciiFrame(frame string) string {
	var b strings.Builder
	for rest := frame; rest != ""; {
		if rest[0] < 0x80 && (len(rest) == 1 || rest[1] < 0x80) {
			b.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		cluster, _ := ansi.FirstGraphemeCluster(rest, ansi.GraphemeWidth)
		if rest = rest[len(cluster):]; len(cluster) == 1 {
			b.WriteString(cluster)
			continue
		}
		text, columns := watch.ASCII(cluster), measure(cluster)
		b.WriteString(text[:min(len(text), columns)])
		b.WriteString(strings.Repeat("?", max(0, columns-len(text))))
	}
	return b.String()
}

// soundsLikeVerdict reports whether what s looks like, whatever stands between its letters,
// holds a word that our own verdicts are made of, or s starts like one of their marks.
func soundsLikeVerdict(s string) bool {
	var letters [longestText]byte
	n := 0
	looks := s
	if !ascii(s) {
		looks = norm.NFKD.String(s) // letters without marks, frames, circles and other clothes
	}
	for _, r := range looks {
		if c := seen(r); c != 0 && n < len(letters) {
			letters[n] = c
			n++
		}
	}
	word := string(letters[:n])
	for _, claim := range [...]string{"PAID", "COMPIETED", "VERIFIED", "CONFIRMED", "HANDOVER"} {
		if strings.Contains(word, claim) {
			return true
		}
	}
	return word == "OK" || strings.HasPrefix(s, "OK ")
}

// seen is the capital that a person sees in a character, 0 for none. I stands for what cannot
// be told from it.
func seen(r rune) byte {
	switch {
	case r >= 'a' && r <= 'z':
		r -= 'a' - 'A'
	case r >= 0x1f150 && r <= 0x1f169: // white on black circles
		r -= 0x1f150 - 'A'
	case r >= 0x1f170 && r <= 0x1f189: // and squares
		r -= 0x1f170 - 'A'
	case r > 0x7f:
		r = likenesses[r]
	}
	switch {
	case r == 'L', r == '1', r == '|':
		return 'I'
	case r == '0':
		return 'O'
	case r >= 'A' && r <= 'Z':
		return byte(r)
	}
	return 0
}

// likenesses are letters of other alphabets that look like those of our claims.
var likenesses = func() map[rune]rune {
	like := map[rune]rune{}
	for latin, others := range map[rune]string{
		'A': "АаΑαᴀ", 'C': "СсϹᴄ", 'D': "ԀԁᎠᴅ", 'E': "ЕеΕεᴇ", 'F': "ϜҒꜰ", 'H': "НнΗʜ", 'I': "ІіΙιӀɪı", 'K': "КкΚκᴋ",
		'M': "МмΜᴍ", 'N': "ΝɴИ", 'O': "ОоΟοᴏՕ", 'P': "РрΡρᴘ", 'R': "ЯʀᎡ", 'T': "ТтΤτᴛ", 'V': "ѴѵνᴠᏙ",
	} {
		for _, r := range others {
			like[r] = latin
		}
	}
	return like
}()

// ascii reports whether every byte of s is a character of its own.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// width is how many columns clean text takes. Most text is ASCII and costs one pass.
func width(s string) int {
	if ascii(s) {
		return len(s)
	}
	return measure(s)
}

// fit shortens clean text to at most w columns; a cut one ends with "…".
func fit(s string, w int) string {
	switch {
	case w <= 0:
		return ""
	case len(s) <= w || width(s) <= w:
		return s // a rune of n bytes is never wider than n columns
	case ascii(s):
		return s[:w-1] + "…"
	}
	return shorten(s, w, "…")
}

// fitEnd is fit for a text whose end says more than its beginning.
func fitEnd(s string, w int) string {
	if over := width(s) - w; over > 0 && w > 0 {
		return fit(shortenLeft(s, over+1, "…"), w)
	}
	return fit(s, w)
}

// longest is the first of texts that fits into w columns, else the last one cut.
func longest(w int, texts ...string) string {
	for _, s := range texts {
		if width(s) <= w {
			return s
		}
	}
	return fit(texts[len(texts)-1], w)
}

// wrap breaks clean text into lines of at most w columns, at spaces where it can.
func wrap(s string, w int) []string {
	if w <= 0 || s == "" {
		return nil
	}
	if width(s) <= w {
		return []string{s}
	}
	lines := strings.Split(ansi.WrapWc(s, w, ""), "\n")
	for i := range lines {
		lines[i] = fit(lines[i], w) // a character wider than w stays whole in Wrap
	}
	return lines
}

// age words a duration for a narrow column: "0:27", "12:05", "1h02", "26h", "12d".
func age(d time.Duration) string {
	d = max(0, d)
	switch sec := int(d / time.Second); {
	case d < time.Hour:
		return strconv.Itoa(sec/60) + ":" + two(sec%60)
	case d < 10*time.Hour:
		return strconv.Itoa(sec/3600) + "h" + two(sec/60%60)
	case d < 100*time.Hour:
		return strconv.Itoa(sec/3600) + "h"
	default:
		return strconv.Itoa(sec/86400) + "d"
	}
}

// ago words a duration in one unit: "12s", "4m", "3h", "12d".
func ago(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < 100*time.Second:
		return strconv.Itoa(int(d/time.Second)) + "s"
	case d < 100*time.Minute:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	case d < 100*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + "d"
}

// two is a number below a hundred in two digits.
func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// clock is a time of day in the zone of the screen, with the date when that is another
// day than today's.
func clock(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	t = t.In(now.Location())
	if sameDay(t, now) {
		return t.Format("15:04:05")
	}
	return t.Format("2 Jan 15:04:05")
}

// sameDay reports whether two times have one date, each in its own zone.
func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// methods are Dollr's words for how a customer pays, from its API page, as a counter says
// them. Others are shown as they came.
var methods = map[string]string{
	"MTN_MOMO_LBR":     "MTN LR",
	"ORANGE_MONEY_LBR": "Orange LR",
	"AIRTEL_RWA":       "Airtel RW",
	"MTN_MOMO_RWA":     "MTN RW",
	"ORANGE_MONEY_RWA": "Orange RW",
	"CREDIT_CARD":      "Card",
	"WALLET":           "Wallet",
}

// methodWords are Dollr's methods in the order in which a form offers them.
var methodWords = []string{
	"MTN_MOMO_LBR", "ORANGE_MONEY_LBR", "AIRTEL_RWA", "MTN_MOMO_RWA", "ORANGE_MONEY_RWA", "CREDIT_CARD", "WALLET",
}

// methodName is a method in a counter's words.
func methodName(method string) string {
	if name, ok := methods[method]; ok {
		return name
	}
	return foreign(method)
}

// plural is a number of things in words.
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}
