package watch

import "time"

// mostMail is how much mail may wait when the channel brings a row, and mostRows how many bytes of
// rows may wait. If no row waits, a row of any size is accepted.
const (
	mostMail = 100
	mostRows = 256 << 10
)

// spill reports whether the mail has no place for a row from the channel. A channel that floods
// tillwatch then costs a read and not its memory. No verdict depends on the lost row, because a
// hint proves nothing.
func (w *watcher) spill(row Row) bool {
	size := row.size()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.mail) < mostMail && (w.rows == 0 || w.rows+size <= mostRows) {
		w.rows += size
		return false
	}
	w.spilled++
	return true
}

// mop has the status read if rows were spilled: one of them may have told the end.
func (w *watcher) mop(now time.Time) {
	w.mu.Lock()
	n := w.spilled
	w.spilled = 0
	w.mu.Unlock()
	if n > 0 {
		w.channel.Dropped += n
		w.fleet.count(func(h *HintCounts) { h.Dropped += uint64(n) })
		w.strange(now, true)
	}
}
