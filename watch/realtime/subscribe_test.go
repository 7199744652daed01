package realtime

import (
	"testing"
	"time"
)

// unready has the server say that it could not subscribe a channel, in these words.
func (p *peer) unready(topic, message string) {
	p.send(p.ref(topic), "", topic, "system", `{"extension":"postgres_changes","status":"error","message":"`+message+`"}`)
}

// A server without its database says so every 5 to 10 s, and subscribes the channel when
// it has it back. Nobody has to join again for that.
func TestClient_WaitsForAServerThatTriesToSubscribeAgain(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := (&owner{t: t}).open(c, "t")
		after(20 * time.Second)
		p := s.all()[0]
		for range 10 {
			p.unready("realtime:t", `{:error, \"Too many database timeouts\"}`)
			after(8 * time.Second)
		}
		o.wants("joining joined ready lost")
		if st := c.Status(); st.Channels != 1 || st.Ready != 0 {
			t.Errorf("while it cannot be subscribed: %+v", st)
		}
		p.subscribed("realtime:t")
		after(time.Second)
		p.change("realtime:t", `{"id":1}`)
		after(time.Second)
		o.wants("joining joined ready lost ready changed")
		p.unready("realtime:t", `{:error, \"Too many database timeouts\"}`)
		after(time.Second)
		o.wants("joining joined ready lost ready changed lost")
		if st := c.Status(); st.Joins != 1 || len(p.got("phx_leave")) != 0 {
			t.Errorf("%d joins and %d leaves", st.Joins, len(p.got("phx_leave")))
		}
		after(40 * time.Second)
		if joins, leaves := len(p.got("phx_join")), len(p.got("phx_leave")); joins != 2 || leaves != 1 || !o.isReady() {
			t.Errorf("it was left to itself: %d joins, %d leaves, heard %q", joins, leaves, o.kinds())
		}
	})
}

// The same before a channel has ever been ready, as when it joins in the middle of it.
func TestClient_WaitsForTheFirstSubscriptionToo(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.play = func(p *peer, f sent) {
			if f.event == "phx_join" {
				p.accept(f)
				return
			}
			p.calm(f)
		}
		o := (&owner{t: t}).open(c, "t")
		for range 6 {
			after(9 * time.Second)
			s.all()[0].unready("realtime:t", `{:error, :tenant_database_unavailable}`)
		}
		after(time.Second)
		s.all()[0].subscribed("realtime:t")
		after(time.Second)
		o.wants("joining joined lost ready")
	})
}

func TestRemedy_OfEachWordOfTheServer(t *testing.T) {
	const unable = "Unable to subscribe to changes with given parameters. "
	const raised = unable + `An exception happened so please check your connect parameters: [event: *, schema: public, table: T, filters: [{"c", "eq", "5", false}], select: nil]. Exception: `
	for message, want := range map[string]remedy{
		"Error parsing `filter` params: [\"zz\", \"5\"]":                                                                                             nothing,
		"No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: %{}":                                        nothing,
		unable + "Please check Realtime is enabled for the given connect parameters: [event: *, schema: public, table: T, filters: [], select: nil]": nothing,
		raised + "ERROR P0001 (raise_exception) invalid column for filter c":                                                                         nothing,
		raised + "ERROR 22P02 (invalid_text_representation) invalid input syntax for type uuid":                                                      nothing,
		raised + `ERROR 42704 (undefined_object) role "nosuchrole" does not exist`:                                                                   nothing,
		raised + "ERROR 57P01 (admin_shutdown) terminating connection due to administrator command":                                                  rejoining,
		raised + "ERROR 57014 (query_canceled) canceling statement due to statement timeout":                                                         rejoining,
		raised + "ERROR 40P01 (deadlock_detected) deadlock detected":                                                                                 rejoining,
		raised + "tcp recv: closed":              rejoining,
		raised:                                   rejoining,
		`{:error, "Too many database timeouts"}`: waiting,
		"":                                       waiting,
	} {
		if got := remedyFor(message); got != want {
			t.Errorf("remedy %d for %q, want %d", got, message, want)
		}
	}
}

// A connection that broke while the server wrote the subscription down leaves the channel
// deaf: the server tries no more. We do.
func TestClient_RejoinsAfterASubscriptionThatBrokeOnTheWay(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		first := true
		s.play = func(p *peer, f sent) {
			if f.event == "phx_join" && first {
				first = false
				p.accept(f)
				p.unready(f.topic, "Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: []. Exception: tcp recv: closed")
				return
			}
			p.calm(f)
		}
		o := (&owner{t: t}).open(c, "t")
		after(5 * time.Second)
		o.wants("joining joined lost joining joined ready")
	})
}

// A channel whose end the server has announced is not waited for longer because of what it says
// after that.
func TestClient_AnAnnouncedEndIsNotPutOffByAnotherWord(t *testing.T) {
	for name, another := range map[string]func(p *peer){
		"not subscribed": func(p *peer) { p.unready("realtime:t", `{:error, :tenant_database_unavailable}`) },
		"subscribed":     func(p *peer) { p.subscribed("realtime:t") },
	} {
		t.Run(name, func(t *testing.T) {
			start(t, Config{}, func(s *theServer, c *Client) {
				s.play = func(p *peer, f sent) {
					if f.event != "phx_join" || len(p.got("phx_join")) > 1 {
						p.calm(f)
						return
					}
					p.accept(f)
					p.send(f.joinRef, "", f.topic, "system", `{"extension":"system","status":"error","message":"Token has expired 0 seconds ago"}`)
					another(p)
				}
				o := (&owner{t: t}).open(c, "t")
				after(5 * time.Second)
				if joins := s.all()[0].got("phx_join"); len(joins) != 2 || !o.isReady() {
					t.Errorf("%d joins, heard %q", len(joins), o.kinds())
				}
			})
		})
	}
}
