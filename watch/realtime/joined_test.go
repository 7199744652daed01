package realtime

import (
	"testing"
	"testing/synctest"
	"time"
)

// A join that was taken is told before the channel is ready, and again when it joins anew.
func TestClient_TellsThatTheServerTookTheJoin(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.play = func(p *peer, f sent) {
			if f.event == eventJoin {
				p.accept(f) // the subscription takes a while
				time.AfterFunc(2*time.Second, func() { p.subscribed(f.topic) })
				return
			}
			p.calm(f)
		}
		o := (&owner{t: t}).open(c, "t")
		after(time.Second)
		o.wants("joining joined")
		after(2 * time.Second)
		o.wants("joining joined ready")
		s.all()[0].expire("realtime:t")
		after(time.Second)
		o.wants("joining joined ready lost joining joined")
		after(2 * time.Second)
		o.wants("joining joined ready lost joining joined ready")
	})
}

// The reply may come behind the system ok, which says as much: what is told keeps its order,
// and nothing is told twice.
func TestClient_AnAnswerBehindTheSystemOkIsNoNews(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.play = func(p *peer, f sent) {
			if f.event == eventJoin {
				p.send(f.joinRef, "", f.topic, "system", `{"message":"Subscribed to PostgreSQL","status":"ok","extension":"postgres_changes"}`)
				p.accept(f)
				return
			}
			p.calm(f)
		}
		o := (&owner{t: t}).open(c, "t")
		synctest.Wait()
		o.wants("joining joined ready")
	})
}
