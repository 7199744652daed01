package supabase

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

func TestServer_FreezeStopsEverythingAndLosesNothing(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.Freeze(20 * time.Second)
		s.Commit(insert(1, "PENDING"))
		for range 3 { // a client can still write: the bytes wait in the system
			c.heartbeat()
		}
		time.Sleep(19 * time.Second)
		c.expect()
		time.Sleep(2 * time.Second)
		c.expect("ok", "ok", "ok", "INSERT PENDING")
	})
}

func TestServer_FreezeHoldsUpgradesToo(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		s.Freeze(7 * time.Second)
		began := time.Now()
		s.dial()
		if took := time.Since(began); took != 7*time.Second {
			t.Errorf("the upgrade took %v, want 7s", took)
		}
	})
}

func TestServer_CloseEndsAFrozenServer(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.Freeze(time.Hour)
		s.Commit(insert(1, "PENDING"))
		began := time.Now()
		s.Close()
		if took := time.Since(began); took > 0 {
			t.Errorf("Close took %v", took)
		}
		<-c.closed
	})
}

func TestServer_CutSocketsWithoutAWord(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.CutSockets(0)
		<-c.closed
		if code := c.code(); code != 1006 {
			t.Errorf("closed with %d, want 1006", code)
		}
	})
}

func TestServer_CutSocketsWithACode(t *testing.T) {
	for _, code := range []int{1000, 1001, 1012} {
		tell(t, Options{}, func(s *story) {
			c := s.ready(1, time.Hour)
			s.CutSockets(code)
			<-c.closed
			c.expect()
			if got := c.code(); got != code {
				t.Errorf("closed with %d, want %d", got, code)
			}
		})
	}
}

func TestServer_AnUpgradeThatWasUnderWayIsCutToo(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		s.Freeze(5 * time.Second)
		opened := make(chan *client)
		go func() {
			c, _, _ := s.dialAt("/websocket?vsn=2.0.0&apikey="+s.AnonKey(), nil)
			opened <- c
		}()
		time.Sleep(time.Second)
		s.CutSockets(0)
		if c := <-opened; c != nil {
			<-c.closed
		}
		if st := s.Stats(); st.Sockets != 0 || st.Upgrades != 0 {
			t.Errorf("it opened: %+v", st)
		}
	})
}

// Recording 22: a tenant that is reloaded says so on each channel, to nobody in particular.
func TestServer_DisconnectSaysSoOnEveryChannel(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.Disconnect()
		<-c.closed
		last := c.got[len(c.got)-1].text
		want := `[null,null,"` + c.topic + `","system",{"extension":"system","message":"Server requested disconnect","status":"ok"}]`
		if last != want || c.code() != 1012 {
			t.Errorf("heard\n  %s\nand %d, want\n  %s\nand 1012", last, c.code(), want)
		}
		s.ready(1, time.Hour) // and it is there again at once
	})
}

// After a restart whoever joins first finds the database cold, and so do those beside it.
func TestServer_RestartAnswersNobodyAndComesBackCold(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.Restart(1012, 8*time.Second)
		<-c.closed
		if _, response, err := s.dialAt("/websocket?vsn=2.0.0&apikey="+s.AnonKey(), nil); err == nil || response != nil {
			t.Errorf("while it is down an upgrade gets %v, %v", response, err)
		}
		time.Sleep(8 * time.Second)
		c, other := s.dial(), s.dial()
		c.join(reference(1), s.key(1, time.Hour))
		other.join(reference(2), s.key(2, time.Hour))
		time.Sleep(50 * time.Millisecond)
		s.Commit(insert(1, "PENDING"), insert(2, "PENDING"))
		time.Sleep(2 * time.Second)
		c.expect("ok", "system ok")
		other.expect("ok", "system ok")
		s.Commit(update(1, "COMPLETED"))
		time.Sleep(time.Second)
		c.expect("UPDATE COMPLETED")
		s.ready(3, time.Hour)
	})
}

func TestServer_AFrozenOneEndsNothing(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c, closing := s.ready(1, time.Hour), s.ready(2, time.Hour)
		time.Sleep(58 * time.Second)
		s.Freeze(30 * time.Second)
		closing.heartbeat()
		s.CutSockets(1001)
		time.Sleep(29 * time.Second)
		if c.code() != 0 || closing.code() != 0 {
			t.Errorf("closed with %d and %d while it was frozen", c.code(), closing.code())
		}
		time.Sleep(time.Minute)
		if c.code() == 0 || closing.code() == 0 {
			t.Errorf("closed with %d and %d afterwards", c.code(), closing.code())
		}
	})
}

// A client that reads nothing cannot keep the idle close from coming.
func TestSocket_AClientThatReadsNothingIsCutWhenIdle(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		ws, _, err := websocket.Dial(context.Background(), "ws://127.0.0.1/websocket?vsn=2.0.0&apikey="+s.AnonKey(),
			&websocket.DialOptions{HTTPClient: s.http})
		if err != nil {
			t.Fatal(err)
		}
		defer ws.CloseNow()
		if err := ws.Write(context.Background(), websocket.MessageText, []byte(`[null,"1","phoenix","heartbeat",{}]`)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if st := s.Stats(); st.Sockets != 0 {
			t.Errorf("after two minutes it is still open: %+v", st)
		}
	})
}

func TestServer_RefusedUpgradesTakeTwoSeconds(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		s.Refuse(http.StatusInternalServerError, "Error connecting to Realtime", 10*time.Second)
		began := time.Now()
		_, response, err := s.dialAt("/realtime/v1/websocket?apikey="+s.AnonKey(), nil)
		if err == nil || response.StatusCode != 500 || body(response) != `{"error":"Error connecting to Realtime"}` {
			t.Errorf("refused with %v, %v", response, err)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("refused after %v, want 2s", took)
		}
		time.Sleep(8 * time.Second)
		s.dial()
		if st := s.Stats(); st.Refused != 1 || st.Upgrades != 1 {
			t.Errorf("counted %+v", st)
		}
	})
}

func TestServer_DeafHeartbeatsStayGreen(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.Commit(insert(1, "PENDING")) // in the slot, not yet polled
		s.Deafen(true)
		s.Commit(update(1, "PROCESSING"))
		c.heartbeat()
		time.Sleep(5 * time.Second)
		c.expect("ok")
		s.Deafen(false)
		s.Commit(update(1, "COMPLETED"))
		time.Sleep(time.Second)
		c.expect("UPDATE COMPLETED") // and nothing of what was lost
		if st := s.Stats(); st.Dropped != 2 || st.Deliveries != 1 {
			t.Errorf("counted %+v", st)
		}
	})
}

func TestServer_CrashedChannelsAreGoneAndCanJoinAgain(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.CrashChannels()
		c.expect("phx_error channel_crash")
		c.push("1", c.topic, "access_token", map[string]string{"access_token": "x"})
		c.expect("refused: unmatched topic")
		c.join(reference(1), s.key(1, time.Hour))
		time.Sleep(time.Second)
		c.expect("ok", "system ok")
	})
}

func TestServer_ResubscribeSaysSystemOkAgain(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.Resubscribe()
		c.expect("system ok")
	})
}

func TestServer_ResubscribeTellsAColdChannelNothing(t *testing.T) {
	tell(t, Options{Link: func(string) Link { return Link{Cold: true, ReadyDelay: 2 * time.Second} }}, func(s *story) {
		c := s.dial()
		c.join(reference(1), s.key(1, time.Hour))
		time.Sleep(time.Second)
		s.Resubscribe()
		c.expect("ok")
		time.Sleep(2 * time.Second)
		c.expect("system ok")
	})
}

func TestServer_StalledJoinsHoldUpTheirSocketOnly(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c, other := s.ready(1, time.Hour), s.ready(2, time.Hour)
		s.StallJoins(8 * time.Second)
		c.join(reference(3), s.key(3, time.Hour))
		c.heartbeat()
		other.heartbeat()
		time.Sleep(7 * time.Second)
		c.expect()
		other.expect("ok")
		time.Sleep(2 * time.Second)
		c.expect("ok", "ok", "system ok")
		s.StallJoins(time.Hour)
		c.join(reference(4), s.key(4, time.Hour))
		time.Sleep(time.Minute / 2)
		c.expect()
		s.StallJoins(0)
		time.Sleep(50 * time.Millisecond)
		c.expect("ok", "system ok")
	})
}

func TestLink_JoinAndReadyDelays(t *testing.T) {
	link := Link{JoinDelay: 3 * time.Second, ReadyDelay: 4 * time.Second}
	joined := 0
	opt := Options{Link: func(string) Link { return link }, Joined: func(string) { joined++ }}
	tell(t, opt, func(s *story) {
		c := s.dial()
		c.join(reference(1), s.key(1, time.Hour))
		time.Sleep(2900 * time.Millisecond)
		c.expect()
		time.Sleep(200 * time.Millisecond)
		c.expect("ok")
		if joined != 1 {
			t.Error("nobody was told of the join")
		}
		s.Commit(insert(1, "PENDING")) // warm: it comes, even before "system ok"
		time.Sleep(3 * time.Second)
		c.expect("INSERT PENDING")
		time.Sleep(time.Second)
		c.expect("system ok")
	})
}

func TestLink_ColdLosesWhatCommitsBeforeSystemOk(t *testing.T) {
	link := Link{Cold: true, ReadyDelay: 2 * time.Second}
	opt := Options{Link: func(string) Link { return link }}
	var s *story
	opt.Joined = func(string) { s.Commit(insert(1, "PENDING")) }
	tell(t, opt, func(begun *story) {
		s = begun
		c := s.dial()
		c.join(reference(1), s.key(1, time.Hour))
		time.Sleep(2 * time.Second) // 7 ms before it is ready
		s.Commit(update(1, "PROCESSING"))
		time.Sleep(time.Second)
		c.expect("ok", "system ok")
		s.Commit(update(1, "COMPLETED"))
		time.Sleep(time.Second)
		c.expect("UPDATE COMPLETED")
	})
}

func TestLink_NoReply(t *testing.T) {
	tell(t, Options{Link: only(1, Link{NoReply: true})}, func(s *story) {
		c := s.ready(2, time.Hour)
		c.join(reference(1), s.key(1, time.Hour))
		c.heartbeat()
		time.Sleep(35 * time.Second)
		c.expect("ok") // the heartbeat's
		c.push("3", c.topic, "phx_leave", map[string]any{})
		c.expect("ok")
	})
}

func TestLink_RefusedJoinStallsTheWholeSocket(t *testing.T) {
	reason := "DatabaseLackOfConnections: Database can't accept more connections"
	tell(t, Options{Link: only(1, Link{Refuse: reason})}, func(s *story) {
		c := s.ready(2, time.Hour)
		c.join(reference(1), s.key(1, time.Hour))
		c.heartbeat()
		s.Commit(insert(2, "PENDING"))
		time.Sleep(4900 * time.Millisecond)
		c.expect()
		time.Sleep(200 * time.Millisecond)
		c.expect("refused: "+reason, "ok", "INSERT PENDING")
	})
}

func TestLink_SilentSaysReadyAndNothingMore(t *testing.T) {
	tell(t, Options{Link: only(1, Link{Silent: true})}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.Commit(insert(1, "PENDING"), update(1, "COMPLETED"))
		time.Sleep(time.Minute)
		c.expect()
	})
}

func TestLink_HalfOpenTakesAllAndSaysNothing(t *testing.T) {
	tell(t, Options{Link: only(1, Link{HalfOpen: true})}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.Commit(insert(1, "PENDING"))
		for range 20 {
			c.heartbeat() // the write succeeds
			time.Sleep(10 * time.Second)
		}
		c.expect()
		if code := c.code(); code != 0 {
			t.Errorf("the socket ended with %d; nobody should see its end", code)
		}
	})
}

func TestLink_CopiesComeBehindTheirSuccessor(t *testing.T) {
	tell(t, Options{Link: only(1, Link{Copies: 1})}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.Commit(insert(1, "PENDING"))
		time.Sleep(time.Second)
		s.Commit(update(1, "PROCESSING"), update(1, "COMPLETED"))
		time.Sleep(time.Second)
		c.expect("INSERT PENDING", "UPDATE PROCESSING", "INSERT PENDING", "UPDATE COMPLETED", "UPDATE PROCESSING")
		time.Sleep(5 * time.Second) // no successor comes for the last
		c.expect("UPDATE COMPLETED")
	})
}

func TestLink_GarbageBetweenGoodFrames(t *testing.T) {
	tell(t, Options{Link: only(1, Link{Garbage: true})}, func(s *story) {
		c := s.dial()
		c.join(reference(1), s.key(1, time.Hour))
		time.Sleep(time.Second)
		s.Commit(insert(1, "PENDING"))
		time.Sleep(time.Second)
		litter := []string{`garbage {"topic":"realtime:`, "garbage 42", "INSERT", "no_such_event", "presence_state", "phx_error "}
		want := append([]string{"ok", "system ok"}, litter...)
		c.expect(append(append(want, litter...), "INSERT PENDING")...)
		if last := c.got[len(c.got)-1].text; !strings.Contains(last, `"added_yesterday":{"a":[1,null]}`) || !json.Valid([]byte(last)) {
			t.Errorf("no unknown column in %s", last)
		}
	})
}

// only gives the channel of payment n this link, and others a clean one.
func only(n int, link Link) func(string) Link {
	return func(topic string) Link {
		if strings.HasSuffix(topic, reference(n)) {
			return link
		}
		return Link{}
	}
}

func TestServer_SlowClientDiesAloneAndHoldsUpNobody(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		// This one joins and never reads again, so that not even a pipe takes more.
		slow, _, err := websocket.Dial(context.Background(), "ws://127.0.0.1/websocket?vsn=2.0.0&apikey="+s.AnonKey(),
			&websocket.DialOptions{HTTPClient: s.http})
		if err != nil {
			t.Fatal(err)
		}
		defer slow.CloseNow()
		join := toJSON([]any{"1", "1", "realtime:slow", "phx_join",
			joinPayload(s.key(1, time.Hour), map[string]any{"event": "*", "schema": "public", "table": paymentTable})})
		if err := slow.Write(context.Background(), websocket.MessageText, join); err != nil {
			t.Fatal(err)
		}
		c := s.ready(2, time.Hour)
		large := update(1, strings.Repeat("x", 900_000))
		for range 70 {
			s.Commit(large)
		}
		s.Commit(update(2, "COMPLETED"))
		time.Sleep(500 * time.Millisecond)
		c.expect("UPDATE COMPLETED")
		synctest.Wait()
		if st := s.Stats(); st.Sockets != 1 || st.Killed != 1 {
			t.Errorf("the slow socket still lives: %+v", st)
		}
	})
}
