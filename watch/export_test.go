package watch

import "time"

// Take takes in what a read brought, as a watcher does.
func (k *Known) Take(a Answer, err error, wall time.Time) {
	if err == nil {
		err = k.misfit(a)
	}
	if err != nil {
		k.failed(err, wall)
		return
	}
	k.learn(a)
}
