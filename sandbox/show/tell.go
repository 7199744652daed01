package show

import (
	"fmt"
	"strings"
	"time"
)

// telling is a script on its way. Show.mu guards it, but for what is marked.
type telling struct {
	script *Script // nil: customers come by chance alone
	next   int     // the step to come
	shown  string  // the caption
	looked string  // the name of the payment that the last step was about

	told    time.Duration     // the script's clock at since
	since   time.Time         // zero: the clock stands
	called  map[string]string // Run's alone: by label, the name by which the sandbox knows a payment
	say     func(string)
	trouble func(string)
}

// clock is the time of the script, which stands while the presenter pauses. The caller
// holds mu.
func (t *telling) clock() time.Duration {
	if t.since.IsZero() {
		return t.told
	}
	return t.told + time.Since(t.since)
}

// wind lets the script's clock run, or stand. The caller holds mu.
func (t *telling) wind(runs bool) {
	t.told = t.clock()
	t.since = time.Time{}
	if runs {
		t.since = time.Now()
	}
}

// over says whether nothing of a script is left to tell. The caller holds mu.
func (t *telling) over() bool { return t.script == nil || t.next == len(t.script.steps) }

// due gives the next step if its time has come, or how long that takes still.
func (s *Show) due() (st *step, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over() || s.paused {
		return nil, 24 * time.Hour
	}
	st = &s.script.steps[s.next]
	if wait = st.at - s.clock(); wait > 0 {
		return nil, wait
	}
	s.next++
	return st, 0
}

// tell lets all happen whose time has come, and says how long the next step takes still.
// What cannot be is said, and the story goes on: people are looking.
func (s *Show) tell(hand func(line []byte)) time.Duration {
	for {
		st, wait := s.due()
		if st == nil {
			return wait
		}
		if err := st.do(s, hand); err != nil && s.trouble != nil {
			s.trouble(fmt.Sprintf("script %s:%d: %s: %s", s.script.name, st.line, st.text, reason(err)))
		}
	}
}

// reason is why something cannot be, without the name of the payment that it is about: who
// reads it knows that one by its label.
func reason(err error) string {
	if _, why, named := strings.Cut(err.Error(), `": `); named {
		return why
	}
	return err.Error()
}

// caption changes the words next to the payments.
func (s *Show) caption(text string) {
	s.mu.Lock()
	s.shown = text
	s.mu.Unlock()
	if text != "" && s.say != nil {
		s.say(text)
	}
}

// Caption is what the script says just now, one line; empty when it says nothing.
func (s *Show) Caption() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown
}

// look turns to a payment of the script. Run's goroutine alone calls it.
func (s *Show) look(label string) {
	name := s.called[label]
	s.mu.Lock()
	s.looked = name
	s.mu.Unlock()
}

// Focus is the name of the payment that the script is about just now, as Decide takes it;
// empty when it has been about none.
func (s *Show) Focus() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.looked
}

// scene is how far the script is, in words; empty when there is none, or no more of it.
// The caller holds mu.
func (s *Show) scene() string {
	switch {
	case s.over():
		return ""
	case s.paused:
		return fmt.Sprintf("script paused at %s of %s", minutes(s.clock()), minutes(s.script.Length()))
	}
	return fmt.Sprintf("script %s of %s", minutes(s.clock()), minutes(s.script.Length()))
}

// minutes is a time as a clock shows it, 1:05.
func minutes(d time.Duration) string {
	seconds := int(d / time.Second)
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
