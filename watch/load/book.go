package load

import (
	"container/list"
	"strconv"
	"strings"
	"time"

	"tillwatch/watch"
)

// book holds all payments of a run and what is counted of them. Run.mu guards it.
type book struct {
	byID    map[watch.ID]*payment // those that were handed over, and are kept
	running map[int]*payment      // begun and not over, by number
	over    []*payment            // in the order in which they ended, from head on
	head    int
	keep    int
	missing int
	learns  bool          // a sandbox tells what becomes of payments
	learned time.Duration // of all that it knew then
	left    Truth         // of those that are not kept
	early   early
	closed  bool // the run has ended, and nothing changes any more

	begun   int
	open    int // due, and without a result
	counts  [outcomes]int
	channel Channel
	away    list.List // of *payment: whose channel was ready and is not, the longest away first
	errors  [stages]failures
	fresh   []reading // not added up yet
}

// failures counts what went wrong, by word.
type failures struct {
	n     uint64
	words map[string]uint64
}

// wordsMost bounds the words of a server that says something else each time.
const wordsMost = 64

func newBook(keep int, learns bool) book {
	return book{byID: map[watch.ID]*payment{}, running: map[int]*payment{}, keep: keep, learns: learns}
}

// begin enters a payment.
func (b *book) begin(p *payment) {
	for i := range p.Took {
		p.Took[i] = -1
	}
	p.Fact, p.open, p.counted = -1, true, outcome(watch.Waiting)
	b.running[p.Number] = p
	b.begun++
	b.counts[p.counted]++
}

// follow enters a payment among those that are told of.
func (b *book) follow(p *payment) {
	b.byID[p.ID] = p
	if fact, known := b.early.facts[p.ID]; known {
		b.learn(p, &fact)
	}
}

// measure notes how long a stage took that ends now, the first time only.
func (b *book) measure(p *payment, s stage, from, now time.Duration) {
	if p.Took[s] >= 0 || from == 0 {
		return
	}
	p.Took[s] = max(0, (now - from).Microseconds())
	b.fresh = append(b.fresh, reading{s, int32(now / time.Second), p.Took[s]})
}

// fails counts what went wrong in a stage.
func (b *book) fails(s stage, word string) {
	f := &b.errors[s]
	f.n++
	if f.words == nil {
		f.words = map[string]uint64{}
	}
	if _, known := f.words[word]; !known && len(f.words) >= wordsMost {
		word = "other"
	}
	f.words[word]++
}

// most is the most frequent word; of two alike the first by the alphabet.
func (f *failures) most() string {
	word, times := "", uint64(0)
	for w, n := range f.words {
		if n > times || n == times && w < word {
			word, times = w, n
		}
	}
	return word
}

// weigh counts a payment where it belongs after a change, and puts it among those that are
// over once it is. It reports whether that was the last one open, and whether it is now over.
func (b *book) weigh(p *payment) (last, over bool) {
	b.counts[p.counted]--
	p.counted = p.outcome()
	b.counts[p.counted]++
	if waits := p.waits(); waits != p.open {
		if p.open = waits; waits {
			b.open++
		} else {
			b.open--
		}
	}
	if over = !p.over && p.made && p.settled(); over {
		b.finish(p)
	}
	return b.open == 0, over
}

func (b *book) finish(p *payment) {
	p.over = true
	delete(b.running, p.Number)
	b.over = append(b.over, p)
	b.tidy()
}

// tidy lets the oldest leave when more are over than are kept. One that can be judged with the
// next look at the sandbox waits for that, until there are twice as many.
func (b *book) tidy() {
	for n := len(b.over) - b.head; n > b.keep; n-- {
		oldest := b.over[b.head]
		if n <= 2*b.keep && !b.canLeave(oldest) {
			break
		}
		b.leave(oldest)
		if b.byID[oldest.ID] == oldest {
			delete(b.byID, oldest.ID)
		}
		b.over[b.head] = nil
		b.head++
		b.missing++
	}
	if b.head > b.keep { // not each time: the copying would cost more than the room
		b.over, b.head = append([]*payment(nil), b.over[b.head:]...), 0
	}
}

func (b *book) kept() []*payment { return b.over[b.head:] }

// close ends the book: what is still under way stays so.
func (b *book) close(wanted bool, news *[]Sample) {
	b.closed = true
	if !wanted {
		return
	}
	for _, p := range ordered(b.running) {
		*news = append(*news, p.Sample)
	}
}

// note takes in what a payment's channel tells.
func (b *book) note(p *payment, e *watch.Event, now time.Duration) {
	switch e.Kind {
	case watch.EventJoining:
		if p.turns++; p.turns > 1 {
			b.channel.Rejoins++
		}
		p.turned, p.keyed, p.joined, p.keyless = now, 0, 0, false
		b.measure(p, turn, p.handed, now)
	case watch.EventKey:
		b.channel.Minted++
		if p.keys++; p.keys > 1 {
			b.channel.Renewed++
		}
		if p.keyed == 0 {
			p.keyed = now
			b.measure(p, key, p.turned, now)
		}
	case watch.EventNoKey:
		p.keyless = true
		if e.From != watch.FromUs { // else it was not wanted any more
			b.fails(key, codeWord(e.Code))
		}
	case watch.EventJoined:
		p.joined = now
		b.measure(p, join, max(p.keyed, p.turned), now) // a key may be an old one
	case watch.EventReady:
		b.becomesReady(p, now)
	case watch.EventLost:
		b.loses(p, e, now)
	case watch.EventHint:
		if p.hinted == 0 && (strings.EqualFold(e.Word, watch.StatusCompleted) || strings.EqualFold(e.Word, watch.StatusFailed)) {
			p.hinted = now
		}
	}
}

func (b *book) becomesReady(p *payment, now time.Duration) {
	if p.readied == 0 {
		b.measure(p, ready, p.joined, now)
	}
	p.readied = now
	b.comesBack(p, now)
}

// leaves records that a channel that was ready is not. The channel that left first stands first, so
// the longest gap that is still open costs no search.
func (b *book) leaves(p *payment, now time.Duration) {
	p.lost, p.away = now, b.away.PushBack(p)
}

// comesBack ends a channel's gap, if it has one: it is ready again, or of no more use.
func (b *book) comesBack(p *payment, now time.Duration) {
	if p.away == nil {
		return
	}
	b.channel.Gap = max(b.channel.Gap, now-p.lost)
	b.away.Remove(p.away)
	p.away = nil
}

// channelAt is the channels' part of a Report: gaps that are open count for what they are by now.
func (b *book) channelAt(now time.Duration) Channel {
	c := b.channel
	c.Away = b.away.Len()
	if longest := b.away.Front(); longest != nil {
		c.Gap = max(c.Gap, now-longest.Value.(*payment).lost)
	}
	return c
}

// loses takes in that a channel is not ready any more, or does not become so.
func (b *book) loses(p *payment, e *watch.Event, now time.Duration) {
	switch {
	case p.readied != 0:
		if p.readied = 0; !e.Over && p.needsChannel() {
			b.leaves(p, now)
		}
	case e.Over && e.From == watch.FromUs: // left by us, before it came to anything
	case p.joined != 0:
		b.fails(ready, lossWord(e.Text))
	case p.turned != 0 && !p.keyless:
		b.fails(join, lossWord(e.Text))
	}
	if e.Over {
		b.comesBack(p, now)
	}
	p.turned, p.keyed, p.joined = 0, 0, 0
}

// interesting are the events that a run looks at.
func interesting(k watch.EventKind) bool {
	switch k {
	case watch.EventJoining, watch.EventKey, watch.EventNoKey, watch.EventJoined, watch.EventReady, watch.EventLost, watch.EventHint:
		return true
	}
	return false
}

// codeWord is an HTTP status as a word; 0 is no answer.
func codeWord(code int) string {
	if code == 0 {
		return "no answer"
	}
	return strconv.Itoa(code)
}

// lossWord is why a join or a channel came to nothing, in a word: the server's own where it
// has one.
func lossWord(why string) string {
	if _, reason, refused := strings.Cut(why, "the join was refused: "); refused {
		word, _, _ := strings.Cut(reason, ":")
		if word = watch.Clean(word, 24); word != "" && !strings.Contains(word, " ") {
			return word
		}
		return "refused"
	}
	if strings.Contains(why, "no answer") {
		return "no answer"
	}
	return "lost"
}
