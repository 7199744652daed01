package realtime

import (
	"context"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestClient_JoinsHearsAndLeaves(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := (&owner{t: t}).open(c, "payment-intent:77:U")
		synctest.Wait()
		o.wants("joining joined ready")
		p := s.all()[0]
		p.change("realtime:payment-intent:77:U", `{"id":1,"amount":12.50,"status":"COMPLETED"}`)
		synctest.Wait()
		o.wants("joining joined ready changed")
		if got := string(o.heard[3].Change.Record["amount"]); got != "12.50" {
			t.Errorf("amount is %s, want the digits that came", got)
		}
		want := `{"config":{"broadcast":{"ack":false,"self":false},"private":false,"presence":{"key":"","enabled":false},"postgres_changes":[{"event":"*","schema":"public","table":"t","filter":"reference_id=eq.U"}]},"access_token":"key-1"}`
		join := p.got("phx_join")[0]
		if string(join.payload) != want {
			t.Errorf("the join was %s, want %s", join.payload, want)
		}
		if _, at := s.upgrades(); at != "/realtime/v1/websocket?apikey=anon-key&vsn=2.0.0" {
			t.Errorf("dialled %s", at)
		}
		o.ch.Close()
		o.ch.Close()
		synctest.Wait()
		if leave := p.got("phx_leave"); len(leave) != 1 || leave[0].joinRef != join.joinRef {
			t.Errorf("leaves %v, want one with join_ref %s", leave, join.joinRef)
		}
		o.wants("joining joined ready changed")
		if st := c.Status(); st.Dropped != (Drops{}) || st.Channels != 0 || st.Ready != 0 {
			t.Errorf("status %+v, want nothing left and nothing dropped", st)
		}
		after(40 * time.Second)
		if s.open() != 0 {
			t.Error("an empty socket is still open after 40 s")
		}
	})
}

func TestClient_SaysGoodbyeWhenItIsClosed(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 2)[0]
		c.Close()
		o.wants("")
		synctest.Wait()
		if code := websocket.CloseStatus(s.all()[0].gone); code != websocket.StatusNormalClosure {
			t.Errorf("the server saw %v, want close code 1000", s.all()[0].gone)
		}
	})
}

// TestClient_WorksOverRealConnections is about what memory and fake time leave out: a
// dialer of our own, and goroutines that end in real time.
func TestClient_WorksOverRealConnections(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s := newQuickServer()
	defer s.stop()
	c := fill(t, s, 200, func(Notice) {})
	if st := c.Status(); st.Sockets < 3 || st.Sockets > 4 || st.Ready != 200 { // a fourth, should this machine stand still for a second
		t.Errorf("status %+v, want 200 ready on 3 sockets", st)
	}
	c.Close()
}

func TestClient_NamesAServerThatIsNotThere(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // nobody listens at its address now
	c := New(Config{URL: "http://" + l.Addr().String(), APIKey: "anon-key"})
	defer c.Close()
	lost := make(chan error, 10)
	c.Open(Spec{
		Topic: "t",
		Token: func(context.Context) (Token, error) { return Token{Text: "key"}, nil },
		Hear: func(n Notice) {
			if n.Kind == Lost {
				lost <- n.Err
			}
		},
	})
	select {
	case err := <-lost:
		if err.Error() != "cannot reach the realtime server: connection refused" {
			t.Errorf("lost because %q", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no word of it in 10 s")
	}
}

func TestClient_UsesAsManySocketsAsNeededAndPacesJoins(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		const n = 1000
		owners := make([]*owner, n)
		for i := range owners {
			owners[i] = (&owner{t: t}).open(c, fmt.Sprint("t", i))
		}
		after(25 * time.Second)
		for _, o := range owners {
			o.wants("joining joined ready")
		}
		if got := len(s.all()); got != 12 {
			t.Errorf("%d sockets for %d channels, want 12", got, n)
		}
		st := c.Status()
		if st.Sockets != 12 || st.Ready != n || st.Joins != n || st.Queued != 0 || st.Dropped != (Drops{}) {
			t.Errorf("status %+v", st)
		}
		seconds := map[int]int{}
		for _, p := range s.all() {
			for _, j := range p.got("phx_join") {
				seconds[int(j.at.Sub(c.epoch)/time.Second)]++
			}
		}
		for second, joins := range seconds {
			if joins > 51 {
				t.Errorf("%d joins in second %d, want 50 at most", joins, second)
			}
		}
	})
}
