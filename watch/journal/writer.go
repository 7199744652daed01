package journal

import (
	"runtime"
	"time"

	"tillwatch/watch"
)

// write is the writer: the one goroutine that touches the disk, until the journal is closed.
func (j *Journal) write() {
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	glance := time.NewTicker(j.c.test.glance)
	defer glance.Stop()
	tried := false
	for {
		j.mu.Lock()
		healthy, asked := j.store != nil, j.ill != nil
		j.mu.Unlock()
		if !healthy {
			wait := j.c.test.retries
			switch {
			case asked && !tried: // a reader waits
				wait = 0
			case !tried && time.Since(j.well) > flutter:
				wait = j.c.test.retry
			}
			select {
			case <-j.quit:
				j.release()
				return
			case done := <-j.mend:
				done <- j.recover(false)
				continue
			case <-time.After(wait):
			}
			tried = !j.recover(true)
			continue
		}
		if j.sweeping() {
			select {
			case <-j.quit:
				j.finish()
				return
			case <-j.hurry:
			case <-j.stir:
			default:
				j.sweepStep()
				continue
			}
		} else {
			select {
			case <-j.quit:
				j.finish()
				return
			case <-sweep.C:
				j.swept = time.Time{}
			case done := <-j.mend:
				done <- true
				continue
			case <-glance.C:
				// Nothing may come to be written for hours, and the file be gone all that time, or
				// its lock.
				if err := j.glance(); err != nil {
					j.fail(err)
				}
				continue
			case <-j.hurry:
			case <-j.stir:
				late := time.NewTimer(j.c.test.batch)
				select {
				case <-j.hurry:
				case <-j.quit:
				case <-late.C:
				}
				late.Stop()
			}
		}
		j.commit()
	}
}

// What the rows of a batch may take on a slow disk: each of them, and all together, for a
// result may wait among them.
const (
	rowTime  = time.Millisecond
	rowsTime = 30 * time.Second
)

// glance checks whether file and lock are still those that were opened. A lock that was removed is
// taken anew.
func (j *Journal) glance() error {
	if err := j.store.present(); err != nil || j.path == "" {
		return err
	}
	return j.hold()
}

// take takes the open batch, and what a reader found wrong with the file.
func (j *Journal) take() (*batch, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.open.empty() || j.ill != nil || j.down {
		return nil, j.ill
	}
	if j.closing {
		j.open.whole, j.open.behind = true, true
	}
	j.air, j.open = j.open.part(time.Now())
	return j.air, nil
}

// commit writes the open batch, if there is anything in it.
func (j *Journal) commit() {
	b, err := j.take()
	if b == nil && err == nil {
		return
	}
	if err == nil {
		// A disk that is only slow is given its time: after a restart a batch can have a hundred
		// thousand rows.
		limit := j.c.test.stuck + min(time.Duration(b.rows())*rowTime, rowsTime)
		hung := time.AfterFunc(limit, func() { watch.Guarded(func() { j.hung(b) }, j.quietly) })
		err = j.put(b)
		hung.Stop()
	}
	if err != nil {
		j.fail(err)
		return
	}
	j.mu.Lock()
	j.air = nil
	again, more := j.down, false // down: it took so long that it was given up
	if !again {
		j.decide(b.seq)
		switch {
		case j.open.whole, j.open.rows() > lazyRows:
			more = true
			ring(j.hurry)
		case !j.open.empty():
			ring(j.stir)
		}
	}
	j.mu.Unlock()
	switch {
	case again:
		j.recovered(true)
	case more:
		runtime.Gosched() // on one core all others would wait until nothing is left
	}
}

// put writes one batch, if the file is still ours.
func (j *Journal) put(b *batch) error {
	if hook := j.c.test.before; hook != nil {
		if err := hook(b); err != nil {
			return err
		}
	}
	if now := time.Now(); b.full || now.Sub(j.store.looked) >= time.Second {
		if err := j.store.present(); err != nil {
			return err
		}
		j.store.looked = now
	}
	early, err := j.store.write(b, j.blind)
	if err != nil {
		return err
	}
	j.store.tidy(b)
	if len(early) == 0 {
		return nil
	}
	j.wait(early)
	return nil
}

// early is an event whose payment was not in the journal when it came: it came before the
// first Snapshot of its payment.
type early struct {
	event watch.Event
	tries int
}

// patience is how many batches an event waits for its payment.
const patience = 50

// wait puts events without a payment into the next batch.
func (j *Journal) wait(events []early) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range events {
		if j.down || e.tries >= patience {
			j.dropped++
			continue
		}
		if j.open.tries == nil {
			j.open.tries = map[int]int{}
		}
		j.open.tries[len(j.open.events)] = e.tries + 1
		j.open.lazily()
		j.open.events = append(j.open.events, e.event)
	}
}

// finish writes what is left and gives the file up in good order.
func (j *Journal) finish() {
	for range patience {
		j.commit()
		j.mu.Lock()
		left := !j.open.empty() && !j.down && j.ill == nil
		left = left && len(j.open.keeps)+len(j.open.place) > 0
		j.mu.Unlock()
		if !left {
			break
		}
	}
	j.mu.Lock()
	s := j.store
	j.store = nil
	j.mu.Unlock()
	if s != nil {
		if err := s.end(); err != nil {
			j.c.Say("the journal "+shown(j.path)+" was written, and could not be closed well: "+meaning(err), true)
		}
	}
	j.release()
}

// release gives the lock up.
func (j *Journal) release() {
	if j.lock != nil {
		_ = j.lock.Close()
		j.lock = nil
	}
}
