package supabase

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

func TestLimits_ChannelsOfASocket(t *testing.T) {
	tell(t, Options{Limits: Limits{Channels: 2}}, func(s *story) {
		c := s.ready(1, time.Hour)
		c.join(reference(2), s.key(2, time.Hour))
		c.join(reference(3), s.key(3, time.Hour))
		time.Sleep(6 * time.Second) // a refusal sleeps, and what happens meanwhile comes after
		c.expect("ok", "refused: ChannelRateLimitReached: Too many channels", "system ok")
		c.push("1", "realtime:payment-intent:55:"+reference(1), "phx_leave", map[string]any{})
		c.expect("ok", "phx_close")
		c.join(reference(3), s.key(3, time.Hour))
		time.Sleep(time.Second)
		c.expect("ok", "system ok")
		s.ready(4, time.Hour) // another socket is free
	})
}

func TestLimits_UsersAreSocketsThatJoined(t *testing.T) {
	tell(t, Options{Limits: Limits{Users: 1}}, func(s *story) {
		idle := s.dial() // does not count
		c := s.ready(1, time.Hour)
		_, response, err := s.dialAt("/websocket?apikey="+s.AnonKey(), nil)
		if err == nil || response.StatusCode != http.StatusTooManyRequests || body(response) != `{"error":"Too many connected users"}` {
			t.Errorf("the second user was answered with %v, %v", response, err)
		}
		idle.join(reference(2), s.key(2, time.Hour))
		time.Sleep(6 * time.Second)
		idle.expect("refused: ConnectionRateLimitReached: Too many connected users")
		_ = c.ws.CloseNow()
		time.Sleep(time.Second)
		idle.join(reference(2), s.key(2, time.Hour))
		time.Sleep(time.Second)
		idle.expect("ok", "system ok")
	})
}

// A burst passes, for the mean is judged every 5 s. Then the next join costs its socket.
func TestLimits_JoinsPerSecond(t *testing.T) {
	tell(t, Options{Limits: Limits{Joins: 1}}, func(s *story) {
		c := s.dial()
		for i := range 60 {
			c.join(reference(i), s.key(i, time.Hour))
		}
		time.Sleep(4 * time.Second)
		if st := s.Stats(); st.Joins != 60 {
			t.Fatalf("%d of the burst joined, want 60", st.Joins)
		}
		c.news()
		time.Sleep(2 * time.Second)
		c.join(reference(61), s.key(61, time.Hour))
		_, response, err := s.dialAt("/websocket?apikey="+s.AnonKey(), nil)
		if err == nil || response.StatusCode != http.StatusTooManyRequests || body(response) != `{"error":"Too many joins per second"}` {
			t.Errorf("a new socket was answered with %v, %v", response, err)
		}
		<-c.closed
		c.expect("refused: ClientJoinRateLimitReached: Too many joins per second")
		if code := c.code(); code != 1001 {
			t.Errorf("closed with %d, want 1001", code)
		}
		time.Sleep(time.Minute) // the bucket of the burst has left
		s.ready(62, time.Hour)
	})
}

// The quota counts deliveries, not changes, and says nothing to anybody.
func TestLimits_DeliveriesAreThrownAwaySilently(t *testing.T) {
	tell(t, Options{Limits: Limits{Deliveries: 2}}, func(s *story) {
		a, b := s.ready(1, time.Hour), s.ready(1, time.Hour)
		for range 60 { // twice 60 in a minute is the limit
			s.Commit(update(1, "PENDING"))
		}
		time.Sleep(6 * time.Second)
		s.Commit(update(1, "PROCESSING"))
		a.heartbeat()
		b.heartbeat()
		time.Sleep(time.Second)
		if got, other := a.news(), b.news(); len(got) != 61 || got[60] != "ok" || len(other) != 61 {
			t.Errorf("heard %d and %d", len(got), len(other))
		}
		time.Sleep(time.Minute)
		s.Commit(update(1, "COMPLETED"))
		time.Sleep(time.Second)
		a.expect("UPDATE COMPLETED")
		if st := s.Stats(); st.Dropped != 1 || st.Deliveries != 122 {
			t.Errorf("counted %+v", st)
		}
	})
}

func TestSocket_IdleIsSixtyToSixtySixSecondsWithoutAByte(t *testing.T) {
	for last, want := range map[time.Duration]time.Duration{
		0:                       66 * time.Second,
		100 * time.Millisecond:  66 * time.Second,
		5900 * time.Millisecond: 66 * time.Second,
		6100 * time.Millisecond: 72 * time.Second,
		59 * time.Second:        120 * time.Second,
	} {
		t.Run(fmt.Sprint(last), func(t *testing.T) {
			tell(t, Options{}, func(s *story) {
				c := s.dial()
				began := time.Now()
				if last > 0 {
					time.Sleep(last)
					c.say("junk is heard too")
				}
				<-c.closed
				if took := time.Since(began); took != want || c.code() != 1000 {
					t.Errorf("closed with %d after %v, want 1000 after %v", c.code(), took, want)
				}
			})
		})
	}
}

func TestSocket_ScaleShortensTheProtocolsTimes(t *testing.T) {
	tell(t, Options{Scale: 0.1}, func(s *story) {
		began := time.Now()
		c := s.dial()
		c.join(reference(1), "garbage")
		time.Sleep(510 * time.Millisecond)
		c.expect("refused: MalformedJWT: The token provided is not a valid JWT")
		<-c.closed
		if took := time.Since(began); took != 6600*time.Millisecond {
			t.Errorf("idle after %v, want 6.6s", took)
		}
	})
}

func TestSocket_LeftEmptyItIsSwept(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		never, left, joined := s.dial(), s.ready(1, time.Hour), s.ready(2, time.Hour)
		left.push("1", left.topic, "phx_leave", map[string]any{})
		for range 61 {
			time.Sleep(10 * time.Second)
			for _, c := range []*client{never, left, joined} {
				if c.code() == 0 {
					c.heartbeat()
				}
			}
		}
		if codes := [3]int{never.code(), left.code(), joined.code()}; codes != [3]int{0, 1006, 0} {
			t.Errorf("ended with %v, want only the one that was left empty", codes)
		}
	})
}

func TestPoll_NobodyWaitsLongerThanHalfASecond(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, time.Hour)
		for i := range 40 {
			time.Sleep(time.Duration(i) * 37 * time.Millisecond)
			began := time.Now()
			s.Commit(update(1, "PENDING"))
			time.Sleep(500 * time.Millisecond)
			if news := c.news(); len(news) != 1 {
				t.Fatalf("heard %v", news)
			}
			if took := c.got[len(c.got)-1].at.Sub(began); took > 500*time.Millisecond {
				t.Errorf("it took %v", took)
			}
		}
	})
}

// A client is measured against a server that does not let it wait, and yet keeps the rest of
// the real one's times: a socket without a heartbeat lives its usual minute.
func TestPoll_MayBeAsShortAsAMeasurementWants(t *testing.T) {
	tell(t, Options{Poll: 10 * time.Millisecond}, func(s *story) {
		c := s.ready(1, time.Hour)
		for i := range 40 {
			time.Sleep(time.Duration(i) * 37 * time.Millisecond)
			s.Commit(update(2, "PENDING"), update(1, "PENDING"))
			time.Sleep(10 * time.Millisecond)
			if news := c.news(); len(news) != 1 {
				t.Fatalf("heard %v", news)
			}
			s.Commit(update(2, "PENDING")) // for nobody
		}
		if code := c.code(); code != 0 {
			t.Errorf("the socket was closed with %d", code)
		}
	})
}

func TestRow_EveryDigitStays(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, time.Hour)
		change := insert(1, "PENDING")
		change.Row["id"], change.Row["amount"] = json.Number("9007199254740993"), json.RawMessage("12.50")
		change.Row["no_such_column"] = 1
		s.Commit(change)
		time.Sleep(time.Second)
		c.expect("INSERT PENDING")
		text := c.got[len(c.got)-1].text
		if !strings.Contains(text, `"record":{"id":9007199254740993,"amount":12.50,`) || strings.Contains(text, "no_such") {
			t.Errorf("sent %s", text)
		}
		if !strings.Contains(text, `"updated_at":null`) {
			t.Errorf("an insert has all columns: %s", text)
		}
		s.Commit(Change{Table: paymentTable, Type: "UPDATE",
			Row: Row{"status": "COMPLETED", "reference_id": reference(1)}, Old: Row{"id": json.Number("9007199254740993")}})
		time.Sleep(time.Second)
		c.expect("UPDATE COMPLETED")
		text = c.got[len(c.got)-1].text
		if !strings.Contains(text, `"old_record":{"id":9007199254740993}`) || strings.Contains(text, `"amount"`+":") {
			t.Errorf("an update has the columns that changed, and its key: %s", text)
		}
	})
}

func TestTable_WithoutAKeyEveryChangeIsAnErrorRow(t *testing.T) {
	tables := []Table{{Name: "keyless", Published: true, Columns: []Column{{"a", "text"}}}}
	tell(t, Options{Tables: tables}, func(s *story) {
		c := s.dial()
		c.push("1", "realtime:x", "phx_join", joinPayload(s.AnonKey(), map[string]any{"schema": "public", "table": "keyless", "filter": "a=eq.no"}))
		time.Sleep(time.Second)
		s.Commit(Change{Table: "keyless", Type: "INSERT", Row: Row{"a": "yes"}})
		time.Sleep(time.Second)
		c.expect("ok", "system ok", "INSERT")
		if last := c.got[len(c.got)-1].text; !strings.Contains(last, "Error 400: Bad Request, no primary key") {
			t.Errorf("sent %s", last)
		}
	})
}

func TestSocket_AClientThatNeverAnswersOurCloseIsCut(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		mute, _, err := websocket.Dial(context.Background(), "ws://127.0.0.1/websocket?apikey="+s.AnonKey(),
			&websocket.DialOptions{HTTPClient: s.http})
		if err != nil {
			t.Fatal(err)
		}
		defer mute.CloseNow()
		synctest.Wait()
		s.CutSockets(1001)
		time.Sleep(6 * time.Second) // 5 s for our close frame, and the pipe takes nothing
		if st := s.Stats(); st.Sockets != 0 {
			t.Errorf("the socket still lives: %+v", st)
		}
	})
}
