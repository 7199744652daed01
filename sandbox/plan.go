package sandbox

import (
	"math/rand/v2"
	"time"
)

// Dollr's words for an execution and for a source.
const (
	pending    = "PENDING"
	processing = "PROCESSING"
	completed  = "COMPLETED"
	failed     = "FAILED"

	sourceIdle       = "IDLE"
	sourceActive     = "ACTIVE"
	sourceProcessing = "PROCESSING"
	sourcePaid       = "PAID"
	sourceCanceled   = "CANCELED"
)

// side says who learns of a step: the API, the table, or both in the same instant.
type side uint8

const (
	both side = iota
	apiOnly
	tableOnly
)

// step is one change in a payment's life.
type step struct {
	after  time.Duration // since the step before
	real   bool          // a time that speed leaves alone
	held   bool          // waits for a presenter before its time begins to run
	side   side
	status string
	s      *scenario // whose words explain a failure; nil when there is nothing to explain
}

// final says whether a status ends an execution.
func final(status string) bool { return status == completed || status == failed }

// plan writes down a payment's whole life at the moment it is executed. All draws are
// made here, in one order, so that a seed always tells the same story.
//
//	PENDING ──► PROCESSING ──► COMPLETED or FAILED ──► (flip) FAILED
func plan(s *scenario, l *link, r *rand.Rand) []step {
	steps := []step{{status: pending}}
	if s.ending == endNew {
		steps = []step{{status: "CREATED"}, {after: novelty.draw(r), status: pending}}
	}
	accepted := acceptance.draw(r)
	steps = append(steps, step{after: accepted, status: processing})
	switch s.ending {
	case endPaid, endNew:
		steps = append(steps, step{after: approval(r) - accepted, status: completed})
	case endRefused:
		steps = append(steps, step{after: refusal.draw(r) - accepted, status: failed, s: s})
	case endQuick:
		steps = append(steps, step{after: noWallet.draw(r), status: failed, s: s})
	case endLapsed:
		steps = append(steps, step{after: lapse - accepted, status: failed, s: s})
	case endLate:
		steps = append(steps, step{after: lateAfter, real: true, status: completed})
	case endHeld:
		steps = append(steps, step{after: released.draw(r), held: true, status: completed})
	case endFlip:
		steps = append(steps, step{after: approval(r) - accepted, status: completed},
			step{after: flipAfter, status: failed, s: s})
	case endCard:
		last := step{after: cardTime.draw(r), status: completed}
		if s.gateway != "" {
			last.status, last.s = failed, s
		}
		steps = append(steps, last)
	}
	return twisted(steps, l)
}

// twisted lets the table run ahead of the API where the link is made for that. A payment
// without an end, as the stuck one, has no hint to be wrong or early.
func twisted(steps []step, l *link) []step {
	last := len(steps) - 1
	if !final(steps[last].status) {
		return steps
	}
	switch l.name {
	case "wrong-hint":
		unspecified, _ := scenarioNamed("unspecified")
		hint := steps[last]
		hint.status, hint.side, hint.s = completed, tableOnly, nil
		return append(steps[:last], hint,
			step{after: wrongHint, real: true, status: failed, s: unspecified})
	case "slow-verify":
		steps[last].side = tableOnly
		answer := steps[last]
		answer.after, answer.real, answer.held, answer.side = slowVerify, true, false, apiOnly
		return append(steps, answer)
	}
	return steps
}

// hostedPlan is the life of a hosted checkout, told in its source's words.
//
//	IDLE ──► ACTIVE ──► PROCESSING ──► PAID or CANCELED
func hostedPlan(s *scenario, r *rand.Rand) []step {
	opened, chosen := pageOpened.draw(r), pageChosen.draw(r)
	if s.ending == endUnopened {
		return nil
	}
	steps := []step{{after: opened, status: sourceActive}}
	if s.ending == endUnfinished {
		return steps
	}
	steps = append(steps, step{after: chosen, status: sourceProcessing})
	switch s.ending {
	case endStuck:
		return steps
	case endHeld:
		return append(steps, step{after: released.draw(r), held: true, status: sourcePaid})
	case endLate:
		return append(steps, step{after: lateAfter, real: true, status: sourcePaid})
	case endPaid, endNew, endFlip:
		return append(steps, step{after: approval(r), status: sourcePaid})
	case endLapsed:
		return append(steps, step{after: lapse, status: sourceCanceled})
	}
	if s.kind == card && s.gateway == "" {
		return append(steps, step{after: cardTime.draw(r), status: sourcePaid})
	}
	return append(steps, step{after: refusal.draw(r), status: sourceCanceled})
}
