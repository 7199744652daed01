//go:build crash

package watch_test

import (
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// way is how a payment is handed over.
type way uint8

const (
	wayFile way = iota // a line at the end of a file, which every run reads anew
	wayPipe            // a line on standard input: gone with whoever had not yet read it
)

// shop is a merchant who sells all the time, whether the till runs or not.
type shop struct {
	*stage
	file string
	draw *rand.Rand

	mu   sync.Mutex
	till io.Writer // its standard input; nil: nobody reads that
	came [2]map[string]bool

	trade sync.WaitGroup
}

func openShop(box *stage, seed uint64) *shop {
	s := &shop{
		stage: box, file: filepath.Join(box.home, "payments.jsonl"), draw: rand.New(rand.NewPCG(seed, 1)),
		came: [2]map[string]bool{{}, {}},
	}
	if err := os.WriteFile(s.file, nil, 0o600); err != nil {
		s.Fatal(err)
	}
	return s
}

// open has customers come until ctx ends: now, and some ten times a second, one to five.
func (s *shop) open(ctx context.Context) {
	if err := s.sell(); err != nil {
		s.Fatal(err)
	}
	s.trade.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := s.sell(); err != nil {
				s.Error(err)
				return
			}
		}
	})
}

// shut returns when the last customer has been handed over.
func (s *shop) shut() { s.trade.Wait() }

// hand gives the shop a till to write to, or nil for none.
func (s *shop) hand(till io.WriteCloser) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.till = nil
	if till != nil {
		s.till = till
	}
}

// given are the payments that were handed over in one way.
func (s *shop) given(by way) map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.came[by])
}

// sell starts payments of one kind and hands each over, by the file or by the pipe.
func (s *shop) sell() error {
	kind, at := shares[0], s.draw.IntN(1000)
	for _, share := range shares {
		if at -= share.permille; at < 0 {
			kind = share
			break
		}
	}
	lines, err := s.order(kind.scenario, s.link(kind), 1+s.draw.IntN(5))
	if err != nil {
		return err
	}
	for _, line := range lines {
		if err := s.pass(line); err != nil {
			return err
		}
	}
	return nil
}

// link is what a payment's link does: one in five is worse than clean.
func (s *shop) link(kind share) string {
	worse := []string{"premature", "silent", "duplicates", "garbage", "slow-verify", "wrong-hint"}
	if strings.HasPrefix(kind.scenario, "hosted-") || s.draw.IntN(5) > 0 {
		return "clean" // a hosted page has no channel
	}
	return worse[s.draw.IntN(len(worse))]
}

// pass hands one payment over. The lock keeps the till in its place; nobody waits long, for
// a pipe whose reader was killed breaks.
func (s *shop) pass(line string) error {
	who, err := named(line)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.till != nil && s.draw.IntN(2) == 0 {
		s.came[wayPipe][who] = true
		_, _ = io.WriteString(s.till, line+"\n") // the till may be dead: what was in its pipe is gone
		return nil
	}
	s.came[wayFile][who] = true
	file, err := os.OpenFile(s.file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(line + "\n"); err != nil {
		return err
	}
	return file.Close()
}
