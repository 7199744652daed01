package watch

import (
	"fmt"
	"testing"
	"time"
)

// alone is how long healthy payments take by themselves: from one poll to the next at least,
// for a few may be lucky.
func alone(t *testing.T, n int, rate float64, within time.Duration) (took time.Duration) {
	t.Helper()
	withMany(t, rate, Config{}, func(m *many) {
		healthy := m.hand(n, "", false)
		time.Sleep(10 * time.Second)
		m.endOver(healthy, within)
		time.Sleep(time.Minute)
		took = p99(m.took(healthy))
	})
	return max(took, scale(pollGap(0), 1.1)+answersIn)
}

// One operator's gateway is in trouble, whatever it does. The payments of the others are as quick as
// by themselves, no banner is shown, and none of them is a CHECK.
func TestNeighbours_SixtyThatFailThreeAreAsQuickAsAlone(t *testing.T) {
	by := alone(t, 3, DefaultStatusRate, 9*time.Second)
	for _, does := range []string{"500", "400", "401", "403", "reset", "hang", "slow", "panic"} {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, handed over first %t", does, first), func(t *testing.T) {
				withMany(t, DefaultStatusRate, Config{}, func(m *many) {
					if first {
						m.hand(60, does, false)
					}
					healthy := m.hand(3, "", false)
					if !first {
						m.hand(60, does, false)
					}
					time.Sleep(10 * time.Second)
					m.endOver(healthy, 9*time.Second)
					time.Sleep(2 * time.Minute)
					if took := p99(m.took(healthy)); took > by+time.Second {
						t.Errorf("p99 is %v, alone it is %v", took, by)
					}
					m.fine(healthy)
				})
			})
		}
	}
}

// A 429 on one payment is that payment's when the others are answered: it waits alone.
func TestNeighbours_SixtyThatAreToldToSlowDownTheOthersDoNot(t *testing.T) {
	by := alone(t, 30, DefaultStatusRate, 30*time.Second)
	withMany(t, DefaultStatusRate, Config{}, func(m *many) {
		healthy := m.hand(30, "", false)
		time.Sleep(2 * time.Second)
		throttled := m.hand(60, "429", false)
		time.Sleep(8 * time.Second)
		m.endOver(healthy, 30*time.Second)
		time.Sleep(30 * time.Second)
		if took := p99(m.took(healthy)); took > by+time.Second {
			t.Errorf("p99 is %v, alone it is %v", took, by)
		}
		m.fine(healthy)
		for _, it := range throttled {
			if now := m.of(it); now.reads > 3 || last(now.said).Link != Wait {
				t.Errorf("%s was asked about %d times in a minute, and is heard of by %v", it.id, now.reads, last(now.said).Link)
			}
		}
	})
}

// A gateway breaks down, and with it three payments that were answered so far. The others are
// old, and none of them is due: one is asked before anything is said of the whole API.
func TestNeighbours_ThreeThatBeginToFailAWitnessIsAsked(t *testing.T) {
	for _, does := range []string{"500", "403", "hang", "reset"} {
		t.Run(does, func(t *testing.T) {
			withMany(t, DefaultStatusRate, Config{}, func(m *many) {
				old := m.hand(10, "", false)
				time.Sleep(time.Hour)
				failing := m.hand(3, "", false)
				time.Sleep(10 * time.Second)
				m.does(failing, does)
				time.Sleep(10 * time.Minute)
				m.fine(nil)
				for _, it := range old {
					for _, s := range m.of(it).said {
						if s.Failing() {
							m.Fatalf("an old one is failing: %q", s.Trouble)
						}
					}
				}
			})
		})
	}
}

// The healthy payment is an old one, which is asked about once in two minutes. That it answers
// is found out before anything is said of the whole API.
func TestNeighbours_SixtyThatFailAnOldPaymentIsAskedBeforeTheAPIIsCalledDown(t *testing.T) {
	for _, does := range []string{"500", "401", "403", "reset", "hang"} {
		t.Run(does, func(t *testing.T) {
			withMany(t, DefaultStatusRate, Config{}, func(m *many) {
				healthy := m.hand(1, "", false)
				time.Sleep(time.Hour)
				m.hand(60, does, false)
				time.Sleep(10 * time.Minute)
				m.mu.Lock()
				before := len(healthy[0].said) // it is overdue since long
				for _, s := range healthy[0].said {
					if s.Failing() {
						t.Errorf("the healthy one is failing: %q", s.Trouble)
						break
					}
				}
				healthy[0].said = healthy[0].said[before:]
				m.mu.Unlock()
				m.fine(healthy)
			})
		})
	}
}

func TestNeighbours_AHundredThatHangAHundredAreAsQuickAsAlone(t *testing.T) {
	for _, rate := range []float64{DefaultStatusRate, 50, 200} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			by := alone(t, 100, rate, 40*time.Second)
			withMany(t, rate, Config{}, func(m *many) {
				var healthy []*play
				for range 100 {
					m.hand(1, "hang", false)
					healthy = append(healthy, m.hand(1, "", false)...)
				}
				time.Sleep(10 * time.Second)
				m.endOver(healthy, 40*time.Second)
				time.Sleep(time.Minute)
				if took := p99(m.took(healthy)); took > by+time.Second {
					t.Errorf("p99 is %v, alone it is %v", took, by)
				}
				m.fine(healthy)
			})
		})
	}
}

// Sixty payments fail all the time. Of the healthy ones some get one 500 in passing, just before
// their end: that puts none of them behind the sixty.
func TestNeighbours_APassing500NextToSixtyThatFailCostsTenSecondsAtMost(t *testing.T) {
	const rate = 3
	by := alone(t, 6, rate, 9*time.Second)
	withMany(t, rate, Config{}, func(m *many) {
		m.hand(60, "500", false)
		all := m.hand(6, "", false)
		time.Sleep(2 * time.Minute)
		for _, it := range all {
			before := m.of(it).reads
			m.does([]*play{it}, "500")
			for m.of(it).reads == before {
				time.Sleep(100 * time.Millisecond)
			}
			time.Sleep(answersIn)
			m.does([]*play{it}, "")
			m.end(it)
		}
		time.Sleep(2 * time.Minute)
		if took := p99(m.took(all)); took > by+10*time.Second {
			t.Errorf("p99 is %v, alone it is %v", took, by)
		}
	})
}
