package main

import (
	"time"

	"tillwatch/config"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/journal"
)

// openJournal opens the file in which payments are kept; without one they are kept in
// memory, which the screen and the lines say.
func (j *job) openJournal(api *dollr.Client) error {
	s := j.settings
	path, err := "", error(nil)
	if !j.own {
		path, err = journalPath(s)
	}
	if err != nil {
		j.aside.Alarm("%v; until then everything is kept in memory", err)
	}
	if j.board.Memory = path == ""; !j.board.Memory {
		j.board.From = lately(time.Now())
	}
	stake, _ := dollr.Stake(s.BaseURL, s.RealMoney)
	j.journal, err = journal.Open(journal.Config{
		Path: path, BaseURL: s.BaseURL, ClientID: s.ClientID, Real: stake == watch.Real,
		Retain: retained(time.Now(), s.JournalDays),
		Agreed: func() bool {
			skew, known := api.Skew()
			return known && skew.Abs() < watch.ClockOffBy
		},
		Tell: j.tell,
		Retell: func() {
			<-j.ready   // it may have to be made anew before there is anything to tell
			j.restore() // what could not be read at the start may be readable now
			j.fleet.Retell()
		},
		Fault: func(what, stack string, lost bool) {
			if lost {
				j.fault(what, stack)
			} else {
				j.partly(what, stack)
			}
		},
		Say: func(text string, bad bool) {
			if bad {
				j.shaky.Store(true)
				j.aside.Alarm("%s", text)
				return
			}
			j.aside.Note("%s", text)
		},
	})
	if err != nil {
		return config.Refuse("%w", err)
	}
	return nil
}

// restore takes up what runs before this one have left: whatever has no result yet, and for
// a board what ended lately. The lines of named payments are about those alone.
func (j *job) restore() {
	if j.board.Memory || j.alone || j.given && j.output != config.Board {
		return
	}
	pasts, err := j.journal.Load(j.board.From)
	j.tally.Blind(err != nil) // the end of such a run must not look like "everything was paid"
	if err != nil {
		j.aside.Alarm("nobody watches what cannot be read in the journal: %v", err)
	}
	for _, past := range pasts {
		if j.output != config.Board {
			if past.Stopped || watch.Judge(&past.Known, past.At).Ended() {
				continue
			}
			j.tally.Expect(past.ID())
		}
		j.fleet.Restore(past)
	}
}

// retained returns how long payments are kept: from now back to the start of the day that many days
// before today.
func retained(now time.Time, days int) time.Duration {
	if days <= 0 {
		return 0
	}
	y, m, d := now.Date()
	return now.Sub(watch.StartOfDay(y, m, d-days, now.Location()))
}

// lately is from when on results are shown after a restart: of today, and of the evening
// before.
func lately(now time.Time) time.Time {
	midnight, _ := watch.DayOf(now)
	if before := now.Add(-24 * time.Hour); before.Before(midnight) {
		return before
	}
	return midnight
}

// outlook adds to Health whether the journal is written.
func (j *job) outlook(h *watch.Health) { h.Unkept, h.UnkeptSince = j.journal.Trouble() }

// closeJournal writes what waits. It must come after the last watcher has ended and before the
// readers of news end. What a bad disk has not accepted so far is offered once more.
func (j *job) closeJournal() {
	if j.closed {
		return
	}
	j.closed = true
	if j.shaky.Load() && j.fleet != nil && j.journal.Mend() {
		for _, s := range j.fleet.Last() {
			j.journal.Tell(s)
		}
	}
	if err := j.journal.Close(); err != nil {
		j.unkept = true
		j.aside.Alarm("what is known is not all on disk: %v. Hand over again what has no result, or nobody watches it", err)
	}
}

// hand hands a payment over and does not wait until it is kept.
func (j *job) hand(p watch.Payment) (watch.Addition, error) {
	j.tally.Expect(p.ID())
	return j.fleet.Add(p)
}

// handKept hands a payment over and waits until it is kept: a person is told so.
func (j *job) handKept(p watch.Payment) (watch.Addition, error) {
	kept := make(chan struct{})
	j.tally.Expect(p.ID())
	became, err := j.fleet.Hand(p, func() { close(kept) })
	if err == nil {
		<-kept
	}
	return became, err
}
