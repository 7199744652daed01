package main

import (
	"sync/atomic"

	"tillwatch/watch"
)

// panicked is whether a goroutine that no run looks after has panicked: the exit status tells.
var panicked atomic.Bool

// guarded runs f, which belongs to no run or to all of them. A panic in it costs what f does,
// one line and the exit status. What belongs to a run has job.guarded.
func guarded(f func()) { watch.Guarded(f, crash) }

func crash(what, _ string) {
	panicked.Store(true)
	note("%v", bug{what})
}
