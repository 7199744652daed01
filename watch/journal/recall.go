package journal

import (
	"errors"
	"io/fs"
	"time"

	"tillwatch/watch"
)

// checksFor is how long a CHECK that has ended is loaded: a person has to look at it.
const checksFor = 7 * 24 * time.Hour

// Load returns what a run begins with: all that is unresolved, what ended or was stopped since, and
// the CHECKs that ended within a week, in the order of handing over. It reads the disk. While the
// file can be read but not written, it returns what is in it; of a damaged one, what could be read.
// With an error, the result is not complete.
func (j *Journal) Load(since time.Time) ([]watch.Past, error) {
	past, err := j.load(since)
	if damage(err) {
		j.report(err)
		past, err = j.load(since)
	}
	return past, err
}

func (j *Journal) load(since time.Time) ([]watch.Past, error) {
	week := j.c.Wall().Add(-checksFor)
	if since.Before(week) {
		week = since
	}
	var out []watch.Past
	var odd error
	bad := 0
	err := j.reading(func(q querier) error {
		args := []any{week.UTC().Format(stamp), since.UTC().Format(stamp)}
		n, err := count(q, loadCount, args...)
		if err != nil {
			return err
		}
		out = make([]watch.Past, 0, n) // they are large: growing would copy them again and again
		for p, err := range payments(q, loadRows, args...) {
			if errors.Is(err, errSense) { // one row is no reason to leave all others
				odd = p.odd(err)
				continue
			}
			if err != nil {
				return err
			}
			if p.bad {
				bad++
			}
			out = append(out, p.Past)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if bad > 0 {
		j.c.Say("in the journal "+shown(j.path)+" the record of "+counted(bad, "payment")+" is damaged: Dollr is asked again, and what is paid is a CHECK", true)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range out {
		out[i].Least = j.least()
		if !j.down {
			j.note(out[i].ID(), markOf(&out[i].Known)) // it is no news when it is told again
		}
	}
	return out, odd
}

// Recall returns a payment as the journal has it, and whether it has it. It waits for the disk only
// if the payment is being written just now. The error says that this is unknown: there is a file,
// and it cannot be read.
func (j *Journal) Recall(id watch.ID) (watch.Past, bool, error) {
	j.mu.Lock()
	waits := j.open.holds(id) || j.air.holds(id)
	j.mu.Unlock()
	if waits {
		j.flush()
	}
	var past watch.Past
	var ok bool
	err := j.reading(func(q querier) (err error) {
		past, ok, err = one(q, id)
		return err
	})
	if damage(err) {
		j.report(err)
		err = j.reading(func(q querier) (err error) {
			past, ok, err = one(q, id)
			return err
		})
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	past.Least = j.least()
	switch {
	case err == nil:
		delete(j.unread, id)
	case j.unread == nil:
		j.unread = map[watch.ID]bool{id: true}
	default:
		j.unread[id] = true
	}
	return past, ok && err == nil, err
}

// blind reports whether this run does not know what the journal has of a payment.
func (j *Journal) blind(id watch.ID) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.unread[id]
}

// revsOfARun is more than the Snapshots that one run tells of one payment.
const revsOfARun = 1_000_000

// least is Past.Least: this run's number is on disk, so no other has told such Revs. While
// nothing can be written there is none. The caller holds mu.
func (j *Journal) least() uint64 {
	if j.store == nil {
		return 0
	}
	return j.store.run * revsOfARun
}

// History is what happened to a payment, oldest first, what is repeated folded as
// watch.History does, and how many entries are missing. It waits for what was told so far
// to be written.
func (j *Journal) History(id watch.ID) (entries []watch.Entry, missing int) {
	j.flush()
	err := j.reading(func(q querier) (err error) {
		entries, missing, err = history(q, id)
		return err
	})
	if damage(err) {
		j.report(err)
	}
	if err != nil {
		return nil, 0
	}
	return entries, missing
}

// reading lets a reader read: at the same time as the writer, or, while nothing can be written,
// whatever can be read of the file. Without a file there is nothing, and no error.
func (j *Journal) reading(read func(querier) error) error {
	j.mu.Lock()
	s := j.store
	j.mu.Unlock()
	switch {
	case s != nil && s.beside != nil:
		return read(s.beside)
	case s != nil:
		s.mu.Lock()
		defer s.mu.Unlock()
		return read(s.conn)
	case j.path == "":
		return nil
	}
	r, err := Read(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // there is nothing
	}
	if err != nil {
		return err
	}
	defer r.Close()
	return read(r.ask)
}
