package realtime

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// player plays the server's side of a recording. It walks the recording; for a frame
// of the recorded client it waits for ours, and goes by its refs from then on.
type player struct {
	t      *testing.T
	how    replay
	beats  bool           // the recording is about heartbeats
	theirs map[string]int // frames that the recorded client sent, by topic and event

	mu   sync.Mutex
	ours map[string][]*frameOfOurs // frames that our client sent, likewise
	owed map[*peer]int             // recorded joins on a socket that have no answer yet
	held map[*peer][]sent          // heartbeats that wait behind them, as at the real server
}

type frameOfOurs struct {
	peer *peer
	sent
}

// took is theServer.play.
func (p *player) took(on *peer, f sent) {
	p.mu.Lock()
	key := f.topic + " " + f.event
	p.ours[key] = append(p.ours[key], &frameOfOurs{on, f})
	played := len(p.ours[key]) <= p.theirs[key]
	if played && f.event == eventJoin {
		p.owed[on]++
	}
	wait := f.event == eventHeartbeat && p.owed[on] > 0
	if wait {
		p.held[on] = append(p.held[on], f)
	}
	p.mu.Unlock()
	if !played && !wait {
		on.calm(f)
	}
}

// answered lets held heartbeats go once a socket's joins are answered.
func (p *player) answered(on *peer) {
	p.mu.Lock()
	p.owed[on]--
	var free []sent
	if p.owed[on] == 0 {
		free, p.held[on] = p.held[on], nil
	}
	p.mu.Unlock()
	for _, f := range free {
		on.calm(f)
	}
}

// await returns the nth frame of ours of that topic and event.
func (p *player) await(topic, event string, nth int) *frameOfOurs {
	for range 20_000 {
		p.mu.Lock()
		list := p.ours[topic+" "+event]
		p.mu.Unlock()
		if len(list) > nth {
			return list[nth]
		}
		time.Sleep(5 * time.Millisecond)
	}
	p.t.Fatalf("our client never sent %s %d on %s", event, nth+1, topic)
	return nil
}

func (how replay) run(t *testing.T, lines []line) {
	start(t, Config{}, func(s *theServer, c *Client) {
		p := &player{t: t, how: how, theirs: map[string]int{}, ours: map[string][]*frameOfOurs{}, owed: map[*peer]int{}, held: map[*peer][]sent{}}
		joins := 0
		for _, l := range lines {
			if l.Op == "text" && l.Dir == "c>s" && l.frame.ref != how.never && (how.until == 0 || l.TMS < how.until) {
				if l.frame.event == eventJoin {
					joins++
				}
				if l.frame.event != eventHeartbeat {
					p.theirs[l.frame.topic+" "+l.frame.event]++
				}
			}
		}
		if joins == 0 { // then it is about heartbeats
			p.beats = true
			p.theirs["phoenix heartbeat"] = 1
		}
		s.play = p.took
		var owners []*owner
		if p.beats {
			owners = append(owners, (&owner{t: t}).open(c, "any"))
		}
		owners = append(owners, p.walk(s, c, lines)...)
		after(36 * time.Second)
		for i, want := range how.want {
			if i < len(owners) {
				owners[i].wants(want)
			}
		}
		if len(owners) != len(how.want) {
			t.Errorf("%d channels were opened, want %d", len(owners), len(how.want))
		}
		if d := c.Status().Dropped; d != (Drops{Stale: how.stale}) {
			t.Errorf("dropped %+v", d)
		}
		if how.then != nil {
			how.then(t, owners)
		}
	})
}

// walk goes through the recording and returns the owners of the channels it opened.
func (p *player) walk(s *theServer, c *Client, lines []line) (owners []*owner) {
	type client struct {
		topic, event string
		nth          int
	}
	byRef := map[string]client{}  // recorded client frames
	count := map[string]int{}     // of them, by topic and event
	joinOf := map[string]string{} // a topic's present recorded join ref
	open := map[string]*owner{}   // by topic
	begun := time.Now()           // when the recording's time was 0
	frameFor := func(ref string) *frameOfOurs {
		if f, known := byRef[ref]; known {
			return p.await(f.topic, f.event, f.nth)
		}
		return nil
	}
	for _, l := range lines {
		if p.how.until > 0 && l.TMS >= p.how.until {
			break
		}
		f := l.frame
		switch {
		case l.Op == "text" && l.Dir == "c>s":
			if f.ref == p.how.never || f.event == eventHeartbeat && !p.beats {
				continue
			}
			if o := open[f.topic]; o == nil || f.event == eventLeave {
				time.Sleep(time.Until(begun.Add(time.Duration(l.TMS) * time.Millisecond)))
			}
			synctest.Wait()
			key := f.topic + " " + f.event
			byRef[f.ref] = client{f.topic, f.event, count[key]}
			count[key]++
			name := strings.TrimPrefix(f.topic, topicPrefix)
			switch o := open[f.topic]; {
			case f.event == eventJoin && (o == nil || !strings.HasSuffix(o.kinds(), "joining") && o.lastErr() == nil):
				if o != nil {
					o.ch.Close()
				}
				open[f.topic] = (&owner{t: p.t, life: p.how.life}).open(c, name)
				owners = append(owners, open[f.topic])
			case f.event == eventLeave:
				o.ch.Close()
			}
			if f.event == eventJoin {
				joinOf[f.topic] = f.ref
			}
			if f.event == eventToken || f.event == eventHeartbeat || f.event == eventJoin && p.theirs[key] > 1 {
				// Ours chooses its own moment; the recording's time goes by it.
				p.await(f.topic, f.event, count[key]-1)
				begun = time.Now().Add(-time.Duration(l.TMS) * time.Millisecond)
			}
		case l.Op == "text":
			if f.topic == topicPhoenix && !p.beats {
				continue // ours are answered as they come
			}
			time.Sleep(time.Until(begun.Add(time.Duration(l.TMS) * time.Millisecond)))
			p.say(s, f, frameFor, joinOf)
		case l.Op == "close" && l.Dir == "s>c" && l.Code != 0:
			time.Sleep(time.Until(begun.Add(time.Duration(l.TMS) * time.Millisecond)))
			for _, on := range s.all() {
				go on.closeWith(l.Code)
			}
		}
	}
	return owners
}

// say sends a recorded frame with the refs of our own client in it.
func (p *player) say(s *theServer, f recorded, frameFor func(string) *frameOfOurs, joinOf map[string]string) {
	if f.v1 {
		switch f.event {
		case eventReply, eventSystem:
			f.joinRef = joinOf[f.topic]
		case eventClose, eventError:
			f.joinRef = f.ref
		}
	}
	on, joinRef, ref := s.all()[0], f.joinRef, f.ref
	if join := frameFor(joinOf[f.topic]); join != nil {
		on = join.peer
	}
	if join := frameFor(f.joinRef); join != nil {
		joinRef = join.ref
	}
	if asked := frameFor(f.ref); asked != nil {
		ref, on = asked.ref, asked.peer
	} else if f.ref != "" {
		ref = "unknown " + f.ref
	}
	on.send(joinRef, ref, f.topic, f.event, f.payload)
	if f.event == eventReply && f.ref == joinOf[f.topic] {
		p.answered(on)
	}
}
