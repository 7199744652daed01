package watch

import "time"

// While the breaker is open a payment that waits for its read is failing by hearsay: no
// read of its own has failed.

// look takes in that nobody can ask Dollr while a waits, or that somebody can again. Only
// what this payment's own reads found stays until its own next answer: else three failures
// in a row would call a queue of thousands failing until the last has had its turn.
func (w *watcher) look(a *ask) {
	broken := w.fleet.budget.open()
	switch {
	case w.read != a: // it has come to its end meanwhile
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
