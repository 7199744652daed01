package watch

import (
	"fmt"
	"testing"
	"time"
)

// A thousand payments in flight, 50 reads a second, every channel ready, and their ends spread
// over 40 s: from the hint to the verdict it takes 0.3 s at most, whatever others do. How the
// real program does over real connections is measured by the scale tests.
func TestThousand_TheVerdictFollowsTheHint(t *testing.T) {
	const rate, most = 50, 300 * time.Millisecond
	for name, others := range map[string]func(*many){
		"alone":                       func(*many) {},
		"next to 60 that fail":        func(m *many) { m.hand(60, "500", false) },
		"next to 100 that hang":       func(m *many) { m.hand(100, "hang", false) },
		"next to 500 without one":     func(m *many) { m.hand(500, "", false) },
		"next to 60 with a 403":       func(m *many) { m.hand(60, "403", true) },
		"next to 100 slow ones":       func(m *many) { m.hand(100, "slow", true) },
		"next to 60 that are refused": func(m *many) { m.hand(60, "400", true) },
	} {
		t.Run(name, func(t *testing.T) {
			withMany(t, rate, Config{}, func(m *many) {
				healthy := m.hand(1000, "", true)
				time.Sleep(25 * time.Second) // until each has had its first read
				others(m)
				time.Sleep(5 * time.Second)
				m.endOver(healthy, 40*time.Second)
				time.Sleep(30 * time.Second)
				took := m.took(healthy)
				if p99(took) > most {
					t.Errorf("p99 is %v, the longest %v", p99(took), took[len(took)-1])
				}
				if name == "alone" {
					m.fine(healthy)
				}
			})
		})
	}
}

// Every channel claims an end, and the API confirms none of them. Who has really ended, who is new, who
// has no channel, and what a person asks is answered all the same.
func TestThousand_HintsThatLieStarveNoPayment(t *testing.T) {
	withMany(t, 50, Config{Window: WindowUntilFinal}, func(m *many) {
		liars := m.hand(1000, "", true)
		polled := m.hand(20, "", false)
		time.Sleep(30 * time.Second)
		for _, it := range liars {
			m.claim(it, StatusCompleted)
		}
		storm := time.Now()
		time.Sleep(time.Second)
		m.fleet.Verify(polled[0].id)
		before := m.of(polled[0]).reads
		time.Sleep(200 * time.Millisecond)
		if m.of(polled[0]).reads == before {
			t.Error("a person asked, and the storm of hints went first")
		}
		newcomers := m.hand(20, "", false)
		time.Sleep(19 * time.Second)
		m.mu.Lock()
		for _, it := range append(newcomers, polled...) {
			if it.answered == 0 || it.last.Before(storm) {
				t.Errorf("%s was not answered within twenty seconds of the storm", it.id)
			}
		}
		m.mu.Unlock()
		time.Sleep(10 * time.Second)
		// By now all first verifies are over. Those that really end are as quick as ever.
		honest := m.hand(100, "", true)
		time.Sleep(10 * time.Second)
		m.endOver(honest, 10*time.Second)
		time.Sleep(20 * time.Second)
		if took := m.took(honest); p99(took) > 300*time.Millisecond {
			t.Errorf("p99 is %v next to a thousand lies", p99(took))
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, it := range append(append(liars, polled...), newcomers...) {
			if it.longest > 70*time.Second {
				t.Errorf("%s was not answered for %v", it.id, it.longest)
			}
		}
	})
}

// A channel flips between the two ends as fast as it can. It has one urgent read, as any other.
func TestThousand_AChannelThatFlipsIsNotServedFirst(t *testing.T) {
	withMany(t, 50, Config{}, func(m *many) {
		liar := m.hand(1, "", true)[0]
		others := m.hand(200, "", false)
		time.Sleep(10 * time.Second)
		for i := range 2000 {
			m.claim(liar, [...]string{StatusCompleted, StatusFailed, "SETTLED", fmt.Sprint("W", i)}[i%4])
			time.Sleep(5 * time.Millisecond)
		}
		m.mu.Lock()
		if liar.reads > 20 {
			t.Errorf("it was read %d times", liar.reads)
		}
		m.mu.Unlock()
		m.endOver(others, 10*time.Second)
		time.Sleep(20 * time.Second)
		m.took(others)
	})
}

// A person asks about all rows at once. No payment starves: hints are verified, newcomers
// are read, and the questions are answered too.
func TestThousand_APersonWhoAsksAboutAllStarvesNoPayment(t *testing.T) {
	withMany(t, 50, Config{Window: WindowUntilFinal}, func(m *many) {
		rows := m.hand(1000, "", true)
		polled := m.hand(20, "", false)
		time.Sleep(30 * time.Second)
		asked := time.Now()
		for _, it := range rows {
			m.fleet.Verify(it.id)
		}
		newcomers := m.hand(20, "", false)
		m.endOver(rows[:200], 10*time.Second)
		time.Sleep(10 * time.Second)
		m.mu.Lock()
		for _, it := range append(newcomers, polled...) {
			if it.answered == 0 || it.last.Before(asked) {
				t.Errorf("%s was not answered within twenty seconds", it.id)
			}
		}
		m.mu.Unlock()
		time.Sleep(20 * time.Second)
		if took := m.took(rows[:200]); p99(took) > 300*time.Millisecond {
			t.Errorf("p99 is %v next to a thousand questions", p99(took))
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, it := range rows {
			if it.last.Before(asked) {
				t.Errorf("a person asked about %s half a minute ago, and has no answer", it.id)
			}
		}
	})
}
