package watch

import (
	"testing"
	"time"
)

func TestDemand_WhatHasAChannelGivesWay(t *testing.T) {
	var d demand
	if got := d.stretch(20); got != 1 {
		t.Errorf("nothing is asked, and the spacing is stretched by %v", got)
	}
	live, polled := every(10*sec, true), every(2*sec, false)
	for range 100 { // 10 a second, half of 20
		d.change(wish{}, live)
	}
	if got := d.stretch(20); got != 1 {
		t.Errorf("there is room for all, and the spacing is stretched by %v", got)
	}
	for range 100 {
		d.change(wish{}, live)
	}
	if got := d.stretch(20); got != 2 {
		t.Errorf("twice as many want to be read as there is room for: stretched by %v", got)
	}
	for range 10 { // 5 a second
		d.change(wish{}, polled)
	}
	if got := d.stretch(20); got != 4 {
		t.Errorf("others have no channel: stretched by %v", got)
	}
	for range 90 {
		d.change(wish{}, polled)
	}
	if got := d.stretch(20); got != 20 {
		t.Errorf("those without a channel take it all, and a twentieth remains: stretched by %v", got)
	}
	for range 200 {
		d.change(live, wish{})
	}
	for range 100 {
		d.change(polled, live)
	}
	if d.alone != 0 || d.live != 10e6 {
		t.Errorf("in the end %d and %d", d.alone, d.live)
	}
}

// Two thousand payments whose channels are ready and silent: together they are read at half
// of the rate, and nothing is said to be slow.
func TestDemand_ThousandsOfLivePaymentsTakeHalfOfTheRate(t *testing.T) {
	withMany(t, 50, Config{Window: WindowUntilFinal}, func(m *many) {
		all := m.hand(2000, "", true)
		time.Sleep(time.Minute) // until each has had its first read
		from := time.Since(m.born)
		time.Sleep(2 * time.Minute)
		n := len(m.readsBetween(from, time.Since(m.born)))
		if perSecond := float64(n) / 120; perSecond > 26 || perSecond < 15 {
			t.Errorf("%.1f reads a second, want about 25", perSecond)
		}
		m.endOver(all[:1900], time.Minute)
		time.Sleep(20 * time.Second)
		from = time.Since(m.born)
		time.Sleep(2 * time.Minute)
		if n := len(m.readsBetween(from, time.Since(m.born))); n < 190 || n > 260 {
			t.Errorf("the hundred that are left were read %d times in two minutes, want about 200", n)
		}
		for i, h := range m.health {
			if h.Trouble != NoTrouble {
				m.Fatalf("after %v the banner says %v: the longest waits for %v", time.Duration(i)*500*time.Millisecond, h.Trouble, h.Delay)
			}
		}
	})
}

// Those without a channel wait because of the limit: then it is said.
func TestDemand_SlowedDownIsSaidWhenPaymentsWithoutAChannelWait(t *testing.T) {
	withMany(t, 20, Config{}, func(m *many) {
		m.hand(600, "", false)
		time.Sleep(12 * time.Second)
		if h := m.fleet.Health(); h.Trouble != SlowedDown || h.Delay < 10*time.Second {
			t.Errorf("it is %q, the longest waits for %v", h.Trouble, h.Delay)
		}
	})
}
