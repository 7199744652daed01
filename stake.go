package main

import (
	"sync"

	"tillwatch/ui/lines"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
)

// stakeNote says next to the lines whose money it is. The board has that in its badge.
type stakeNote struct {
	api  *dollr.Client
	own  bool // the sandbox is our own: its money is made up before it has said so
	mu   sync.Mutex
	said watch.Stake
}

// whose says whose money it is, as far as is known, and at which host.
func (n *stakeNote) whose() (watch.Stake, string) {
	stake, host := n.api.Stake()
	if stake == watch.Test && n.own && n.api.Answered().IsZero() {
		stake = watch.Sim
	}
	return stake, host
}

// say says it once it is known, and again only should it become another: a host that is
// not Dollr's own shows by its answers whether it is our sandbox. At the end its address
// decides.
func (n *stakeNote) say(aside *lines.Aside, end bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	stake, host := n.whose()
	if stake == n.said || stake != watch.Real && !n.own && n.api.Answered().IsZero() && !end {
		return
	}
	n.said = stake
	switch stake {
	case watch.Real:
		aside.Note("REAL money, at %s", host)
	case watch.Sim:
		aside.Note("SIM: every answer comes from tillwatch's sandbox; no real money")
	default:
		aside.Note("TEST host %s: not Dollr's own API", host)
	}
}
