package watch

import (
	"errors"
	"fmt"
	"time"
)

// Addition says what became of a payment handed over.
type Addition uint8

// The additions.
const (
	Added  Addition = iota // it is new
	Filled                 // it was known, and had empty fields that this filled
	Again                  // it was known, and nothing in it is new
	Kept                   // it was known with another amount or source, which stays
)

// ErrSession is the error of a payment that was handed over before with another session:
// one of the two is wrong, and only the merchant can say which.
var ErrSession = errors.New("this reference was handed over before with another session")

// Add hands a payment over and does not wait for the journal: see [Fleet.Hand].
func (f *Fleet) Add(p Payment) (Addition, error) { return f.Hand(p, nil) }

// Hand hands a payment over. If the fleet or the journal knows the payment, Hand fills its empty
// fields and never restarts what is stopped or has ended. An amount that is filled in still counts,
// so what was PAID may become CHECK because less was charged. The payment must have passed an
// intake's checks; without any identity it is refused.
//
// The payment is kept before anything about it is published. Then kept, if not nil, is called,
// unless there was an error. It may be called before Hand returns, and must not block.
func (f *Fleet) Hand(p Payment, kept func()) (Addition, error) {
	return f.hand(Known{Payment: p}, kept)
}

// HandKnown is Hand of a payment from another journal's export, with the facts that came with it:
// that it was stopped, when it had begun, what the channel claimed, and that Dollr contradicted
// itself. None of these facts leads to PAID or NOT PAID; for these Dollr is asked. A payment that
// is already here is not stopped because it was stopped elsewhere.
func (f *Fleet) HandKnown(k Known, kept func()) (Addition, error) {
	now := f.wall()
	for _, at := range []*time.Time{&k.Handed, &k.Begun, &k.Hint.At, &k.Hint.Claimed} {
		if at.After(now) { // no wait may end in another century
			*at = time.Time{}
		}
	}
	if k.Hint.Claimed.IsZero() && k.HintFinal() {
		k.Hint.Claimed = now
	}
	if !k.Changed.Said() || k.Changed.Answer().Status == k.Final.Status {
		k.Final, k.Changed = Answer{}, Rare{} // only Dollr's own answer may bring an end that nothing contradicts
	}
	k.Woken = now // no CHECK before Dollr could answer
	return f.hand(k, kept)
}

func (f *Fleet) hand(k Known, kept func()) (Addition, error) {
	p := k.Payment
	if p.Reference == "" && (p.SourceType == "" || p.SourceID == 0) {
		return Again, errors.New("a payment needs a reference, or a source type and id")
	}
	if p.Handed.IsZero() {
		p.Handed = f.wall()
	}
	k.Payment = p
	unread := f.remember(p.ID()) != nil
	f.mu.Lock()
	e, known := f.watchers[p.ID()]
	if !known {
		w := newWatcher(f, p)
		w.known, w.old = k, k.Final.Code != 0
		e = f.enter(w)
		e.unread = unread
	}
	if have := e.payment.Session; have != 0 && p.Session != 0 && have != p.Session {
		f.mu.Unlock()
		return Again, fmt.Errorf("%w (%d, now %d)", ErrSession, have, p.Session)
	}
	contradicted := known && e.payment.contradicts(p)
	unmasked := e.payment.unmask(p)
	filled := e.payment.fill(p)
	whole, waits := e.payment, !e.kept
	f.mu.Unlock()

	begin := func() {}
	if known {
		begin = func() {
			e.watcher.known.unmask(p)
			e.watcher.known.fill(p)
			e.watcher.adopt(&k)
			if filled {
				e.watcher.note(Event{From: FromYou, Kind: EventFilled})
			}
		}
	}
	news := unmasked || !k.Begun.IsZero() || k.Hint.Status != "" || k.Changed.Said()
	switch {
	case !known, filled, news && waits:
		f.keep(whole, func() {
			f.mu.Lock()
			e.kept = true
			f.mu.Unlock()
			e.watcher.post(begin)
			if kept != nil {
				kept()
			}
		})
	default:
		if news {
			e.watcher.post(func() {
				e.watcher.known.unmask(p)
				e.watcher.adopt(&k)
			})
		}
		if kept != nil {
			kept()
		}
	}
	switch {
	case !known:
		return Added, nil
	case contradicted:
		return Kept, nil
	case filled:
		return Filled, nil
	}
	return Again, nil
}

// adopt merges what another journal knew. What this journal has learned itself stays, except that a
// contradiction of Dollr's is added to any end.
func (w *watcher) adopt(k *Known) {
	have := &w.known
	if have.Latest.Code == 0 {
		have.Begun = earliest(have.Begun, k.Begun)
	}
	if have.Hint.Status == "" && have.Final.Code == 0 {
		have.Hint = k.Hint
	}
	if have.Changed.Said() || !k.Changed.Said() {
		return
	}
	if have.Final.Code == 0 {
		have.Final, w.old = k.Final, true
	}
	for _, said := range [...]Answer{k.Changed.Answer(), k.Final} {
		if said.Status != have.Final.Status && !have.Changed.Said() {
			have.Changed = Keep(said)
		}
	}
}

// enter gives a watcher its place in the fleet. The caller holds mu.
func (f *Fleet) enter(w *watcher) *entry {
	e := &entry{watcher: w, payment: w.known.Payment}
	f.watchers[w.id] = e
	f.order = append(f.order, w.id)
	return e
}

// remember makes the fleet hold what the journal has of a payment, if it has any. The error says
// that this is unknown.
func (f *Fleet) remember(id ID) error {
	if f.recall == nil {
		return nil
	}
	f.mu.Lock()
	e := f.watchers[id]
	held := e != nil && !e.unread
	f.mu.Unlock()
	if held {
		return nil
	}
	past, known, err := f.recall(id)
	switch {
	case err != nil:
		return err
	case known:
		f.Restore(past)
	case e != nil:
		f.mu.Lock()
		e.unread = false // there was nothing
		f.mu.Unlock()
	}
	return nil
}

// Restore takes up a payment where a journal has left it, unless the fleet holds it. A payment that
// has ended or was stopped is published once and not asked about. Any other is watched again and
// asked about first, because it is unknown what happened in the meantime. A payment that the fleet
// holds because the journal could not be read learns now what had happened before.
func (f *Fleet) Restore(past Past) {
	w := newWatcher(f, past.Payment)
	w.known = past.Known
	w.restored, w.old, w.told.Verdict, w.told.at = true, past.Final.Code != 0 || past.Damaged, past.Verdict, past.At
	w.rev = max(past.Rev+revLost, past.Least)
	if !w.ended() && past.Verdict != Check {
		// It is no CHECK before Dollr could answer; but one stays one.
		w.known.Woken, w.known.FailedSince, w.known.FailedText = f.wall(), time.Time{}, ""
	}
	f.mu.Lock()
	if e, held := f.watchers[w.id]; held {
		relearns := e.unread
		if relearns {
			e.unread, e.payment = false, past.Payment.with(e.payment)
		}
		f.mu.Unlock()
		if relearns { // not under the lock, which starting a watcher takes
			e.watcher.post(func() { e.watcher.relearn(past) })
		}
		return
	}
	f.enter(w).kept = true
	f.mu.Unlock()
	w.post(func() {})
}

// revLost is more than the Snapshots of one payment that a killed run can have told after
// its journal's last batch: the next run's must have higher numbers. It is for a Past without
// Least: of several runs that were killed before they wrote anything none leaves a trace.
const revLost = 1000

// relearn takes in what a run before this one had learned: its end came first, and whatever
// Dollr has said since that is another contradicts it.
func (w *watcher) relearn(past Past) {
	k := &w.known
	k.Payment = past.Payment.with(k.Payment)
	k.Begun = earliest(k.Begun, past.Begun)
	if !k.Refused.Said() {
		k.Refused = past.Refused
	}
	if past.Final.Code != 0 {
		said := [...]Answer{past.Changed.Answer(), k.Final, k.Changed.Answer(), k.Latest}
		k.Final, k.Changed, w.old = past.Final, Rare{}, true
		for _, a := range said {
			if !k.Changed.Said() && a.Code == 200 && a.Status != past.Final.Status {
				k.Changed = Keep(a)
			}
		}
	}
	k.Damaged = k.Damaged || past.Damaged
	k.Stopped = k.Stopped || past.Stopped && k.Final.Code == 0
	w.rev = max(w.rev, past.Rev+revLost, past.Least)
}

// Retell makes every watcher tell its Snapshot again, the ended ones too: a journal could
// not be written for a while, or had to be made anew. It may read the disk.
func (f *Fleet) Retell() {
	f.mu.Lock()
	var kept []*watcher
	var unread []ID
	for _, id := range f.order {
		e := f.watchers[id]
		if e.kept {
			kept = append(kept, e.watcher)
		}
		if e.unread {
			unread = append(unread, id)
		}
	}
	f.mu.Unlock()
	for _, id := range unread {
		_ = f.remember(id) // else it is tried at the next time
	}
	for _, w := range kept {
		w.post(func() { w.again = true })
	}
}
