package watch

import "time"

// While the breaker is open a payment that waits for its read is failing by hearsay: no
// read of its own has failed.

// look records that Dollr cannot be asked while a waits, or that it can again. Only what this
// payment's own reads found stays until its own next answer. Otherwise three failures in a row
// would call a queue of thousands failing until the last one has had its turn.
func (w *watcher) look(a *ask) {
	broken := w.fleet.budget.open()
	switch {
	case w.read != a: // the read has ended in the meantime
	case broken == nil:
		w.forgetHearsay()
	default:
		w.hearsay = w.hearsay || !w.known.Failing()
		w.known.fail(broken.Text, w.fleet.wall())
	}
}

func (w *watcher) forgetHearsay() {
	if w.hearsay {
		w.hearsay, w.known.FailedSince, w.known.FailedText = false, time.Time{}, ""
	}
}
