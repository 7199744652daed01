package ui

import (
	"bytes"
	"slices"
	"strconv"
	"time"
)

// Bounds of what a terminal sends, in time and bytes. A user notices the escape key's delay after a
// tenth of a second, and only a slow link splits an answer for as long as a second.
const (
	escapeWait   = 100 * time.Millisecond // the wait after an ESC until it counts as the escape key
	startWait    = 500 * time.Millisecond // the same while the terminal's first answers are due
	startFor     = 3 * time.Second        // the time in which the first answers are due
	prefixWait   = time.Second            // the wait after ESC [ and the like until it counts as an alt key
	sequenceWait = 5 * time.Second        // the wait for the rest of a sequence until it is given up
	longestKept  = 4 << 10                // bytes of a sequence that are kept; a longer one is dropped whole

	burstKeys  = 12                     // more keys than these
	burstSpan  = 30 * time.Millisecond  // within this time count as a paste
	burstQuiet = 200 * time.Millisecond // a paste ends after this time without a key
	pasteQuiet = 5 * time.Second        // the same for a bracketed paste whose end does not come
	longestCut = 4 << 20                // bytes of a paste that are kept
)

// keyscan turns what a terminal sends into what Bubble Tea can read without mistakes:
//
//   - It passes an escape sequence on when the sequence is whole. Bubble Tea waits 50 ms for the
//     rest of a sequence and then takes the rest for keys, so an answer of the terminal that a
//     slow link splits would press keys.
//   - It takes over 12 keys within 30 ms for a paste, because a person does not type so fast. A
//     terminal without bracketed paste sends a paste as keys.
//   - It passes the escape key on in a form that following bytes cannot change.
//
// A keyscan must be used from one goroutine. It has no clock: the caller passes the time.
type keyscan struct {
	out   bytes.Buffer           // what Bubble Tea may read
	moves func(char string) bool // whether a key only moves the cursor; nil: none does

	mode    scanMode
	held    []byte    // the unfinished sequence or character
	need    int       // how many bytes end it, whatever they are; 0: its syntax decides
	last    time.Time // when its last byte came
	orphan  time.Time // when an ESC was passed on as a key; the rest of its sequence may still come
	started time.Time

	keys      []pressed // keys that are held back because they may be a paste
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

// scanMode says what held is the beginning of.
type scanMode uint8

const (
	scanGround scanMode = iota
	scanEscape          // ESC
	scanPrefix          // ESC and ] P or _
	scanOrphan          // [ ] P or _ whose ESC was passed on
	scanCSI
	scanSS3
	scanString       // in an OSC, DCS or APC
	scanStringEscape // ESC in such a string
	scanChar         // a character of several bytes
)

// take processes input.
func (s *keyscan) take(data []byte, now time.Time) {
	s.expire(now)
	if s.started.IsZero() {
		s.started = now
	}
	for _, c := range data {
		s.one(c, now)
	}
}

// one processes one byte.
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

// more processes a byte of an item whose length is known.
func (s *keyscan) more(c byte, now time.Time) {
	if c < ' ' || s.mode == scanChar && (c < 0x80 || c > 0xbf) { // another encoding, or cut off
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

// consoleKeys maps the function keys of the Linux console to what other terminals send for them.
var consoleKeys = map[byte]string{'A': "\x1bOP", 'B': "\x1bOQ", 'C': "\x1bOR", 'D': "\x1bOS", 'E': "\x1b[15~"}

// ground processes a byte that begins something.
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

// char processes the first byte of a character of several bytes.
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

// escaped processes the byte after an ESC.
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
		default: // a separate key after the escape key: ctrl+c is not alt+ctrl+c
			s.drop()
			s.escapeKey()
			s.one(c, now)
		}
	}
}

// opensString reports whether c continues a string of the terminal that ESC and first begin.
// Otherwise ESC and first are an alt key, and c is a key.
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

// csi processes a byte of a control sequence.
func (s *keyscan) csi(c byte, now time.Time) {
	first := len(s.held) == 2
	switch {
	case first && c == '[': // a function key of the Linux console, with one more byte
		s.hold(scanCSI, c, now)
		s.need = 1
	case first && c == 'M': // the mouse report of the oldest terminals, with three more bytes
		s.hold(scanCSI, c, now)
		s.need = 3
	case c == '$' && !first && s.held[2] >= '0' && s.held[2] <= '9', // a key of rxvt
		c >= '@' && c <= '~':
		s.finish(append(s.drop(), c))
	case c >= ' ' && c <= '?':
		s.hold(scanCSI, c, now)
	default: // a control character is no part of a sequence, and ctrl+c must not be lost in it
		s.drop()
		s.one(c, now)
	}
}

// finish processes a whole control sequence.
func (s *keyscan) finish(sequence []byte) {
	body := sequence[2 : len(sequence)-1]
	if sequence[len(sequence)-1] == 'R' && bytes.IndexByte(body, ';') >= 0 && body[0] != '?' {
		return // the cursor's position, which looks like F3 with a modifier
	}
	s.pass(sequence)
}

// inString processes a byte of a string, which ends with BEL or ST.
func (s *keyscan) inString(c byte, now time.Time) {
	switch {
	case s.mode == scanStringEscape && c == '\\', s.mode == scanString && c == 0x07:
		s.answer(append(s.drop(), c))
	case s.mode == scanStringEscape: // another sequence cut the string off
		s.drop()
		s.hold(scanEscape, esc, now)
		s.one(c, now)
	case c == esc:
		s.hold(scanStringEscape, c, now)
	case c < ' ': // answers hold no control characters
		s.drop()
		s.one(c, now)
	default:
		s.hold(scanString, c, now)
	}
}

// answer processes a whole string. Only the terminal's background is of use.
func (s *keyscan) answer(sequence []byte) {
	if bytes.HasPrefix(sequence, []byte("\x1b]11;")) && len(sequence) < longestKept {
		s.pass(sequence)
	}
}

// hold keeps a byte until more come.
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

// pass passes on a sequence that is no text. It ends a run of keys.
func (s *keyscan) pass(sequence []byte) {
	switch {
	case s.bracketed && string(sequence) == pasteEnd:
		s.endPaste()
		return
	case s.bracketed:
		return // the colours of copied text
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

// escapeKey passes the escape key on as kitty writes it. A lone ESC would be the beginning of what
// follows.
func (s *keyscan) escapeKey() { s.pass([]byte("\x1b[27u")) }

// altKey passes on an alt key that looks like the beginning of a sequence, in the same form.
func (s *keyscan) altKey(c byte) {
	alt := ";3u"
	if c >= 'A' && c <= 'Z' {
		c, alt = c-'A'+'a', ";4u" // with shift
	}
	s.pass([]byte("\x1b[" + strconv.Itoa(int(c)) + alt))
}

// text processes a key of text.
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
		s.release(len(s.keys) - burstKeys) // a key that is held down, on a slow link
	default:
		for _, k := range s.keys {
			s.paste = append(s.paste, k.char...)
		}
		s.keys, s.pasting, s.pasted = nil, true, now
	}
}

// repeated reports whether the keys come from one key that is held down, or only move the cursor.
func (s *keyscan) repeated() bool {
	return !slices.ContainsFunc(s.keys, func(k pressed) bool { return k.char != s.keys[0].char }) ||
		s.moves != nil && !slices.ContainsFunc(s.keys, func(k pressed) bool { return !s.moves(k.char) })
}

// release passes the first n keys on.
func (s *keyscan) release(n int) {
	for _, k := range s.keys[:n] {
		s.out.WriteString(k.char)
	}
	s.keys = s.keys[n:]
}

// endPaste passes the paste on in the form of bracketed paste.
func (s *keyscan) endPaste() {
	s.out.WriteString(pasteStart)
	s.out.Write(s.paste)
	s.out.WriteString(pasteEnd)
	s.paste, s.pasting, s.bracketed = nil, false, false
}

// due returns when expire has something to do if no input comes; zero: never.
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

// patience returns how long to wait for the rest of what is held.
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

// quiet returns how long a paste may pause.
func (s *keyscan) quiet() time.Duration {
	if s.bracketed {
		return pasteQuiet
	}
	return burstQuiet
}

// expire gives up waits whose time is over.
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
