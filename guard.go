package main

import (
	"sync/atomic"

	"tillwatch/watch"
)

// panicked says whether a goroutine outside any run has panicked. The exit status then tells.
var panicked atomic.Bool

// guarded runs f, which belongs to no run or to all runs. A panic ends f, writes one line and
// changes the exit status. Use job.guarded for what belongs to one run.
func guarded(f func()) { watch.Guarded(f, crash) }

func crash(what, _ string) {
	panicked.Store(true)
	note("%v", bug{what})
}
