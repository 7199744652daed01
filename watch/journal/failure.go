package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"tillwatch/watch"
)

// fail goes over to memory: nothing is written any more, nothing is held, and the writer
// tries again soon. It is the writer's, and Open's.
func (j *Journal) fail(err error) {
	err = j.cause(err)
	j.damaged, j.full = j.damaged || damage(err), filled(err)
	why := meaning(err)
	j.mu.Lock()
	s, lost := j.store, j.air
	j.store, j.air = nil, nil
	said := j.goDown(why)
	if lost != nil { // what waits behind it is counted already
		j.dropped += len(lost.events)
	}
	j.mu.Unlock()
	if s != nil {
		s.close()
	}
	if s != nil && errors.Is(err, errGone) {
		j.was = s.file
	}
	if !said {
		j.loudly(why)
	}
}

// loudly says that the journal is not written any more.
func (j *Journal) loudly(why string) {
	j.c.Say("payments are kept in memory only: the journal "+shown(j.path)+": "+why, true)
}

// goDown marks the journal as not written and reports whether it was so already. Under mu.
func (j *Journal) goDown(why string) (already bool) {
	already = j.down
	if !already {
		j.since, j.dropped = j.c.Wall().Round(0), 0
	}
	j.down, j.trouble = true, why
	j.giveUp()
	return already
}

// giveUp decides all that waits: it will not be written. Under mu.
func (j *Journal) giveUp() {
	j.dropped += len(j.open.events)
	j.decide(j.open.seq + 1) // who waits for all of it waits for the one behind it too
	j.open = newBatch(j.open.seq + 2)
	clear(j.marks)
}

// hung gives a write up that takes too long. It goes on; should it come to a good end, the
// journal is well again.
func (j *Journal) hung(b *batch) {
	const why = "the disk does not answer"
	j.mu.Lock()
	if j.air != b || j.down {
		j.mu.Unlock()
		return
	}
	j.goDown(why)
	j.mu.Unlock()
	j.loudly(why)
}

// recover tries to write again and reports whether it can. If it can, it asks for all that is
// known, unless the caller publishes that anyway.
func (j *Journal) recover(retell bool) bool {
	if err := j.reopen(); err != nil {
		err = j.cause(err)
		j.damaged = j.damaged || damage(err)
		j.mu.Lock()
		j.trouble = meaning(err)
		j.treat()
		j.mu.Unlock()
		return false
	}
	j.recovered(retell)
	return true
}

// recovered says that the journal is written again and asks for all that is known.
func (j *Journal) recovered(retell bool) {
	j.mu.Lock()
	text := "the journal " + shown(j.path) + " is written again"
	switch {
	case j.dropped == 1:
		text += "; 1 entry of a payment's history was not kept"
	case j.dropped > 0:
		text += fmt.Sprintf("; %d entries of the payments' histories were not kept", j.dropped)
	}
	j.down, j.trouble, j.since, j.dropped = false, "", time.Time{}, 0
	j.treat()
	if j.closing { // too late: what was missed is not published any more
		j.lost = retell
	} else {
		j.beside(func() {
			j.c.Say(text, false)
			if retell {
				j.c.Retell()
			}
		})
	}
	j.mu.Unlock()
}

// broken gives the writing up for good after a panic of the writer. Everything else goes on.
func (j *Journal) broken(what, stack string) {
	j.mu.Lock()
	s := j.store
	j.store, j.air = nil, nil
	said := j.goDown(what)
	j.mu.Unlock()
	j.quietly(what, stack)
	if !said {
		j.loudly(what)
	}
	watch.Guarded(func() {
		if s != nil {
			s.close()
		}
		j.release()
	}, j.quietly)
}

// quietly reports a panic that costs only the journal something; lostly, one that costs the
// receivers of Snapshots something.
func (j *Journal) quietly(what, stack string) { j.c.Fault(what, stack, false) }
func (j *Journal) lostly(what, stack string)  { j.c.Fault(what, stack, true) }

// beside runs what no caller waits for. The caller holds mu.
func (j *Journal) beside(do func()) {
	j.behind.Go(func() { watch.Guarded(do, j.quietly) })
}

// look checks the open file, for which there is no time at the start, and reports it if it is
// damaged.
func (j *Journal) look() error {
	j.mu.Lock()
	s := j.store
	j.mu.Unlock()
	if s == nil {
		return nil
	}
	err := s.agree(j.living)
	if damage(err) {
		j.report(err)
		return err
	}
	return nil
}

// report tells the writer that a reader has found the file damaged, and waits until it was
// seen to.
func (j *Journal) report(err error) {
	j.mu.Lock()
	if j.over || j.closing || j.down {
		j.mu.Unlock()
		return
	}
	if j.ill == nil {
		j.ill, j.treated = err, make(chan struct{})
	}
	treated := j.treated
	j.mu.Unlock()
	ring(j.hurry)
	select {
	case <-treated:
	case <-j.done:
	}
}

// treat tells those who reported that it was seen to. Under mu.
func (j *Journal) treat() {
	if j.ill != nil {
		j.ill = nil
		close(j.treated)
	}
}

// reopen opens the file, and moves a damaged one aside before.
func (j *Journal) reopen() error {
	if j.path != "" {
		if err := j.hold(); err != nil {
			return err
		}
	}
	s, err := j.attempt()
	if err != nil && damage(err) && j.path != "" {
		j.damaged = true
		s, err = j.attempt()
	}
	if err != nil {
		return err
	}
	if j.full {
		if err := s.probe(); err != nil {
			s.close()
			return err
		}
	}
	j.swept, j.full = time.Time{}, false
	if j.opened { // a first failure is no flutter
		j.well = time.Now()
	}
	j.opened = true
	j.mu.Lock()
	j.store = s
	clear(j.marks)
	if !j.closing && s.beside != nil {
		j.beside(func() {
			select {
			case <-time.After(j.c.test.look):
				_ = j.look() // the writer acts on the damage
			case <-j.living.Done():
			}
		})
	}
	j.mu.Unlock()
	return nil
}

// probe writes half a MiB and takes it away again. A full disk has room for a few bytes now
// and then, and each return has all payments told anew.
func (s *store) probe() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := context.Background()
	for _, text := range []string{
		"INSERT INTO meta (name, value) VALUES ('probe', zeroblob(524288)) ON CONFLICT (name) DO NOTHING",
		"DELETE FROM meta WHERE name = 'probe'",
	} {
		if _, err := s.conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// attempt opens the file once. What was damaged becomes a new file with what could be read
// of the old one.
func (j *Journal) attempt() (*store, error) {
	var aside string
	emptied := !j.tried && j.emptied() // later the file may be empty because the disk was full
	j.tried = true
	if j.path != "" && j.strange() {
		j.logAside()
	}
	if j.damaged {
		var err error
		if aside, err = j.moveAside(); err != nil {
			return nil, err
		}
	}
	s, err := openStore(&j.c, j.path, j.kept)
	if err != nil {
		return nil, err
	}
	if aside != "" {
		read, err := s.salvage(aside)
		if err != nil {
			s.close()
			return nil, err
		}
		j.c.Say(fmt.Sprintf("the journal %s was damaged: it is kept as %s, and %s of it could be read",
			shown(j.path), shown(aside), counted(read, "payment")), true)
	}
	if emptied {
		j.c.Say("the journal "+shown(j.path)+" is there and empty: if payments were in it, hand them over again", true)
	}
	j.damaged, j.kept, j.was = false, true, nil
	return s, nil
}

// emptied reports whether a file that was written before is empty now.
func (j *Journal) emptied() bool {
	info, err := os.Stat(j.path)
	return j.path != "" && j.kept && err == nil && info.Mode().IsRegular() && info.Size() == 0
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// shown is a path or a name in a message.
func shown(path string) string {
	if path == "" {
		return "in memory"
	}
	return watch.SafeExact(path, 300)
}

// refusal is the error if it says that the file is not for us; else nil.
func refusal(err error) error {
	var busy *BusyError
	var owner *OwnerError
	var version *VersionError
	var foreign *ForeignError
	var access *AccessError
	if errors.As(err, &access) || errors.As(err, &busy) || errors.As(err, &owner) || errors.As(err, &version) || errors.As(err, &foreign) {
		return err
	}
	return nil
}
