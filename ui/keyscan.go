package ui

import (
	"bytes"
	"slices"
	"strconv"
	"time"
)

// Bounds in time and bytes of what a terminal sends. Each is far from the next: an escape
// key is felt after a tenth of a second, and a link is slow when it splits an answer for
// a second.
const (
	escapeWait   = 100 * time.Millisecond // for what may follow an ESC, until it is the escape key
	startWait    = 500 * time.Millisecond // the same while the answers to our first questions are due
	startFor     = 3 * time.Second        // for which they are due
	prefixWait   = time.Second            // for what follows ESC [ and the like, until it is an alt key
	sequenceWait = 5 * time.Second        // for the rest of a sequence, until it is given up
	longestKept  = 4 << 10                // bytes of a sequence that are kept; a longer one is dropped whole

	burstKeys  = 12                     // more keys than that
	burstSpan  = 30 * time.Millisecond  // within this are a paste
	burstQuiet = 200 * time.Millisecond // which has ended after so long without a key
	pasteQuiet = 5 * time.Second        // the same of a bracketed paste whose end does not come
	longestCut = 4 << 20                // bytes of a paste that are kept
)

// keyscan turns what a terminal sends into what Bubble Tea can read without mistakes:
//
//   - An escape sequence is passed on when it is whole. Bubble Tea waits 50 ms for the rest
//     of one and then takes the rest for keys, so an answer of the terminal that a slow link
//     splits would press keys.
//   - Over 12 keys within 30 ms are a paste, for a person does not type so fast. A terminal
//     without bracketed paste sends a paste as keys.
//   - The escape key is passed on in a form of its own, which nothing that follows changes.
//
// Its methods are called from one goroutine. They look at no clock: the caller tells the time.
type keyscan struct {
	out   bytes.Buffer           // what Bubble Tea may read
	moves func(char string) bool // whether a key only moves the cursor; nil: none

	mode    scanMode
	held    []byte    // the unfinished sequence or character
	need    int       // bytes that end it, whatever they are; 0: its syntax tells
	last    time.Time // when its last byte came
	orphan  time.Time // when an ESC was passed on as a key: what belongs to it may still come
	started time.Time

	keys      []pressed // not passed on yet, for they may be a paste
	paste     []byte
	pasting   bool
	bracketed bool
	pasted    time.Time // when the last byte of the paste came
}

// pressed is a key of text.
type pressed struct {
	char string
	at   time.Time
}

// scanMode is what held is the beginning of.
type scanMode uint8

const (
	scanGround scanMode = iota
	scanEscape          // ESC
	scanPrefix          // ESC and ] P or _
	scanOrphan          // [ ] P or _ whose ESC has been passed on
	scanCSI
	scanSS3
	scanString       // of an OSC, DCS or APC
	scanStringEscape // ESC in such a string
	scanChar         // a character of several bytes
)

// take takes what has come.
func (s *keyscan) take(data []byte, now time.Time) {
	s.expire(now)
	if s.started.IsZero() {
		s.started = now
	}
	for _, c := range data {
		s.one(c, now)
	}
}

// one takes one byte.
func (s *keyscan) one(c byte, now time.Time) {
	if s.mode != scanGround {
		s.last = now
	}
	if s.need > 0 {
		s.more(c, now)
		return
	}
	switch s.mode {
	case scanGround:
		s.ground(c, now)
	case scanEscape:
		s.escaped(c, now)
	case scanPrefix:
		if opensString(s.held[len(s.held)-1], c) {
			s.hold(scanString, c, now)
			return
		}
		s.altKey(s.drop()[1])
		s.one(c, now)
	case scanOrphan:
		first := s.held[0]
		switch {
		case opensString(first, c):
			s.held = []byte{esc, first, c}
			s.mode = scanString
		case first == '[' && c >= '0' && c <= '?':
			s.held = []byte{esc, first, c}
			s.mode = scanCSI
		default:
			s.drop()
			s.text(string(first), now)
			s.one(c, now)
		}
	case scanCSI:
		s.csi(c, now)
	case scanSS3:
		switch {
		case c < ' ' || c > '~':
			s.drop()
			s.one(c, now)
		case c >= '0' && c <= '9':
			s.hold(scanSS3, c, now)
		default:
			s.pass(append(s.drop(), c))
		}
	case scanString, scanStringEscape:
		s.inString(c, now)
	}
}

const esc = 0x1b

// more takes one of the bytes whose number is known.
func (s *keyscan) more(c byte, now time.Time) {
	if c < ' ' || s.mode == scanChar && (c < 0x80 || c > 0xbf) { // of another encoding, or cut off
		s.drop()
		s.one(c, now)
		return
	}
	s.held = append(s.held, c)
	if s.need--; s.need > 0 {
		return
	}
	switch held := s.drop(); {
	case held[0] != esc:
		s.text(string(held), now)
	case held[len(held)-2] == '[': // Bubble Tea would make a letter of it
		if key, ok := consoleKeys[c]; ok {
			s.pass([]byte(key))
		}
	default:
		s.pass(held)
	}
}

// consoleKeys are the function keys of the Linux console, as other terminals send them.
var consoleKeys = map[byte]string{'A': "\x1bOP", 'B': "\x1bOQ", 'C': "\x1bOR", 'D': "\x1bOS", 'E': "\x1b[15~"}

// ground takes a byte that begins something.
func (s *keyscan) ground(c byte, now time.Time) {
	orphaned := !s.orphan.IsZero() && now.Sub(s.orphan) < sequenceWait
	s.orphan = time.Time{}
	switch {
	case c == esc:
		s.hold(scanEscape, c, now)
	case c >= 0xc2 && c <= 0xf4:
		s.char(c, now)
	case orphaned && (c == '[' || c == ']' || c == 'P' || c == '_'):
		s.hold(scanOrphan, c, now)
	case c >= ' ' && c != 0x7f || c == '\r' || c == '\n' || c == '\t':
		s.text(string([]byte{c}), now)
	default:
		s.pass([]byte{c})
	}
}

// char takes the first byte of a character of several.
func (s *keyscan) char(c byte, now time.Time) {
	s.hold(scanChar, c, now)
	switch {
	case c < 0xe0:
		s.need = 1
	case c < 0xf0:
		s.need = 2
	default:
		s.need = 3
	}
}

// escaped takes the byte behind an ESC.
func (s *keyscan) escaped(c byte, now time.Time) {
	switch c {
	case '[':
		s.hold(scanCSI, c, now)
	case 'O':
		s.hold(scanSS3, c, now)
	case ']', 'P', '_':
		s.hold(scanPrefix, c, now)
	case esc:
		s.drop()
		s.escapeKey()
		s.hold(scanEscape, c, now)
	default:
		switch {
		case c >= 0xc2 && c <= 0xf4: // alt and a letter of several bytes
			s.char(c, now)
		case c >= ' ' && c <= 0x7f, c == '\r', c == '\t', c == '\b':
			s.pass(append(s.drop(), c))
		default: // a key of its own behind the escape key: ctrl+c is no alt+ctrl+c
			s.drop()
			s.escapeKey()
			s.one(c, now)
		}
	}
}

// opensString reports whether c goes on with a string of the terminal that ESC and first
// begin. What does not is an alt key and a key.
func opensString(first, c byte) bool {
	switch digit := c >= '0' && c <= '9'; first {
	case ']':
		return digit
	case 'P':
		return digit || bytes.IndexByte([]byte(">!=|+$"), c) >= 0
	case '_':
		return c == 'G'
	}
	return false
}

// csi takes a byte of a control sequence.
func (s *keyscan) csi(c byte, now time.Time) {
	first := len(s.held) == 2
	switch {
	case first && c == '[': // of the Linux console: a function key, one byte more
		s.hold(scanCSI, c, now)
		s.need = 1
	case first && c == 'M': // the mouse as the oldest terminals tell it: three bytes more
		s.hold(scanCSI, c, now)
		s.need = 3
	case c == '$' && !first && s.held[2] >= '0' && s.held[2] <= '9', // a key of rxvt
		c >= '@' && c <= '~':
		s.finish(append(s.drop(), c))
	case c >= ' ' && c <= '?':
		s.hold(scanCSI, c, now)
	default: // a control character is none of it, and ctrl+c must not be lost in it
		s.drop()
		s.one(c, now)
	}
}

// finish takes a whole control sequence.
func (s *keyscan) finish(sequence []byte) {
	body := sequence[2 : len(sequence)-1]
	if sequence[len(sequence)-1] == 'R' && bytes.IndexByte(body, ';') >= 0 && body[0] != '?' {
		return // where the cursor is, which looks like F3 with a modifier
	}
	s.pass(sequence)
}

// inString takes a byte of a string, which ends with BEL or ST.
func (s *keyscan) inString(c byte, now time.Time) {
	switch {
	case s.mode == scanStringEscape && c == '\\', s.mode == scanString && c == 0x07:
		s.answer(append(s.drop(), c))
	case s.mode == scanStringEscape: // it was cut off by another sequence
		s.drop()
		s.hold(scanEscape, esc, now)
		s.one(c, now)
	case c == esc:
		s.hold(scanStringEscape, c, now)
	case c < ' ': // no answer holds a control character
		s.drop()
		s.one(c, now)
	default:
		s.hold(scanString, c, now)
	}
}

// answer takes a whole string: what the terminal says of its background is of use.
func (s *keyscan) answer(sequence []byte) {
	if bytes.HasPrefix(sequence, []byte("\x1b]11;")) && len(sequence) < longestKept {
		s.pass(sequence)
	}
}

// hold keeps a byte until there are more.
func (s *keyscan) hold(mode scanMode, c byte, now time.Time) {
	s.mode, s.last = mode, now
	if len(s.held) < longestKept {
		s.held = append(s.held, c)
	}
}

// drop forgets what is held, and returns it.
func (s *keyscan) drop() []byte {
	held := s.held
	s.mode, s.held, s.need = scanGround, nil, 0
	return held
}

// pass passes on what is no text. It ends a run of keys.
func (s *keyscan) pass(sequence []byte) {
	switch {
	case s.bracketed && string(sequence) == pasteEnd:
		s.endPaste()
		return
	case s.bracketed:
		return // the colours of what was copied
	case s.pasting:
		s.endPaste()
	}
	s.release(len(s.keys))
	if string(sequence) == pasteStart {
		s.pasting, s.bracketed, s.pasted = true, true, s.last
		return
	}
	s.out.Write(sequence)
}

const (
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// escapeKey passes the escape key on, as kitty writes it: an ESC by itself would be the
// beginning of whatever follows.
func (s *keyscan) escapeKey() { s.pass([]byte("\x1b[27u")) }

// altKey passes on an alt key that looks like the beginning of a sequence, likewise.
func (s *keyscan) altKey(c byte) {
	alt := ";3u"
	if c >= 'A' && c <= 'Z' {
		c, alt = c-'A'+'a', ";4u" // with shift
	}
	s.pass([]byte("\x1b[" + strconv.Itoa(int(c)) + alt))
}

// text takes a key of text.
func (s *keyscan) text(char string, now time.Time) {
	if s.pasting {
		if s.pasted = now; len(s.paste) < longestCut {
			s.paste = append(s.paste, char...)
		}
		return
	}
	s.keys = append(s.keys, pressed{char, now})
	switch {
	case len(s.keys) <= burstKeys:
	case s.repeated():
		s.release(len(s.keys) - burstKeys) // a key that is held down, on a link that is slow
	default:
		for _, k := range s.keys {
			s.paste = append(s.paste, k.char...)
		}
		s.keys, s.pasting, s.pasted = nil, true, now
	}
}

// repeated reports whether the keys are one that is held down, or only move the cursor.
func (s *keyscan) repeated() bool {
	return !slices.ContainsFunc(s.keys, func(k pressed) bool { return k.char != s.keys[0].char }) ||
		s.moves != nil && !slices.ContainsFunc(s.keys, func(k pressed) bool { return !s.moves(k.char) })
}

// release passes the first keys on.
func (s *keyscan) release(n int) {
	for _, k := range s.keys[:n] {
		s.out.WriteString(k.char)
	}
	s.keys = s.keys[n:]
}

// endPaste passes the paste on, in the form of a terminal that tells where it ends.
func (s *keyscan) endPaste() {
	s.out.WriteString(pasteStart)
	s.out.Write(s.paste)
	s.out.WriteString(pasteEnd)
	s.paste, s.pasting, s.bracketed = nil, false, false
}

// due is when expire has something to do if nothing comes; zero: never.
func (s *keyscan) due() time.Time {
	var due time.Time
	sooner := func(at time.Time) {
		if due.IsZero() || at.Before(due) {
			due = at
		}
	}
	if s.mode != scanGround {
		sooner(s.last.Add(s.patience()))
	}
	if len(s.keys) > 0 {
		sooner(s.keys[0].at.Add(burstSpan))
	}
	if s.pasting {
		sooner(s.pasted.Add(s.quiet()))
	}
	return due
}

// patience is how long the rest of what is held is waited for.
func (s *keyscan) patience() time.Duration {
	switch {
	case s.mode == scanEscape && s.last.Sub(s.started) < startFor:
		return startWait
	case s.mode == scanEscape, s.mode == scanOrphan, s.mode == scanChar, s.mode == scanSS3:
		return escapeWait
	case s.mode == scanPrefix, s.mode == scanCSI && len(s.held) == 2:
		return prefixWait
	}
	return sequenceWait
}

// quiet is how long a paste may pause.
func (s *keyscan) quiet() time.Duration {
	if s.bracketed {
		return pasteQuiet
	}
	return burstQuiet
}

// expire gives up what has been waited for long enough.
func (s *keyscan) expire(now time.Time) {
	n := 0
	for n < len(s.keys) && now.Sub(s.keys[n].at) >= burstSpan {
		n++
	}
	s.release(n)
	if s.pasting && now.Sub(s.pasted) >= s.quiet() {
		s.endPaste()
	}
	if s.mode == scanGround || now.Sub(s.last) < s.patience() {
		return
	}
	mode := s.mode
	switch held := s.drop(); mode {
	case scanEscape:
		s.escapeKey()
		s.orphan = now
	case scanOrphan:
		s.text(string(held), now)
	case scanPrefix, scanSS3, scanCSI:
		if len(held) == 2 {
			s.altKey(held[1])
		}
	}
}
