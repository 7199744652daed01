package realtime

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestClient_RenewsAKeyAtTwoThirdsOfItsLife(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		var asked []time.Duration
		o := &owner{t: t, life: 60 * time.Second, want: func(in time.Duration) bool {
			asked = append(asked, in)
			return true
		}}
		s.play = func(p *peer, f sent) {
			if f.event == "access_token" {
				time.Sleep(2 * time.Second) // then it subscribes anew
				p.subscribed(f.topic)
				return
			}
			p.calm(f)
		}
		o.open(c, "t")
		after(39 * time.Second)
		o.wants("joining joined ready")
		after(4 * time.Second)
		o.wants("joining joined ready ready?")
		if len(asked) != 4 || asked[0]+asked[1]+asked[2] != 0 || asked[3] < 19*time.Second || asked[3] > 20*time.Second {
			t.Errorf("Wanted was asked with %v, want 0 before the key, behind it and before the join, then the life that remains", asked)
		}
		pushes := s.all()[0].got("access_token")
		join := s.all()[0].got("phx_join")[0]
		if len(pushes) != 1 || string(pushes[0].payload) != `{"access_token":"key-2"}` || pushes[0].joinRef != join.ref || pushes[0].ref == "" {
			t.Fatalf("pushes %+v", pushes)
		}
		after(40 * time.Second)
		o.wants("joining joined ready ready? ready?")
		s.all()[0].subscribed("realtime:t") // on the server's own account
		after(time.Second)
		o.wants("joining joined ready ready? ready? ready")
	})
}

func TestClient_DoesNotPushAKeyThatIsTheSame(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		began := time.Now()
		o := &owner{t: t, next: func(int) (Token, error) {
			return Token{Text: "one-for-all-its-life", Expires: began.Add(60 * time.Second)}, nil
		}}
		o.open(c, "t")
		after(59 * time.Second)
		o.wants("joining joined ready")
		if n := len(s.all()[0].got("access_token")); n != 0 {
			t.Errorf("%d pushes of an identical key", n)
		}
		if o.keys < 2 || o.keys > 12 { // the last two seconds are tried again with jitter
			t.Errorf("it was asked for %d times", o.keys)
		}
	})
}

func TestClient_ABadPushKillsTheChannelWhichRejoins(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := &owner{t: t, life: 60 * time.Second}
		s.play = func(p *peer, f sent) {
			if f.event == "access_token" {
				p.send(f.joinRef, "", f.topic, "system", `{"message":":signature_error","status":"error","extension":"system"}`)
				p.send(f.joinRef, f.joinRef, f.topic, "phx_close", `{}`)
				return
			}
			p.calm(f)
		}
		o.open(c, "t")
		after(42 * time.Second)
		o.wants("joining joined ready lost joining joined ready")
		if got := o.reason(); got != "the server closed the channel: :signature_error" {
			t.Errorf("lost because %q", got)
		}
		if o.keys != 3 {
			t.Errorf("%d keys, want one for the join, the push and the rejoin each", o.keys)
		}
	})
}

func TestClient_APushToAChannelThatTheServerHasLostRejoins(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := &owner{t: t, life: 60 * time.Second}
		s.play = func(p *peer, f sent) {
			if f.event == "access_token" {
				p.send("", f.ref, f.topic, "phx_reply", `{"status":"error","response":{"reason":"unmatched topic"}}`)
				return
			}
			p.calm(f)
		}
		o.open(c, "t")
		after(42 * time.Second)
		o.wants("joining joined ready lost joining joined ready")
	})
}

func TestClient_AFailedRenewalCostsNothingWhileTheOldKeyLives(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := &owner{t: t, next: func(n int) (Token, error) {
			switch {
			case n == 1 || n == 4:
				return Token{Text: "good" + string(rune('0'+n)), Expires: time.Now().Add(90 * time.Second)}, nil
			case n == 2:
				return Token{}, errors.New("503")
			}
			return Token{Text: "short", Expires: time.Now().Add(time.Second)}, nil
		}}
		o.open(c, "t")
		after(80 * time.Second)
		o.wants("joining joined ready")
		pushes := s.all()[0].got("access_token")
		if len(pushes) != 1 || string(pushes[0].payload) != `{"access_token":"good4"}` {
			t.Errorf("pushes %v, want the good key alone", pushes)
		}
	})
}

func TestClient_AnExpiredChannelRejoinsWithANewKeyIfWanted(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		wanted := true
		o := &owner{t: t, life: 20 * time.Second, want: func(in time.Duration) bool { return in == 0 && wanted }}
		o.open(c, "t")
		after(20 * time.Second)
		p := s.all()[0]
		p.expire("realtime:t")
		after(time.Second)
		o.wants("joining joined ready lost joining joined ready")
		if got := o.reason(); got != "the server closed the channel: Token has expired 0 seconds ago" {
			t.Errorf("lost because %q", got)
		}
		if n := len(p.got("access_token")); n != 0 || o.keys != 2 {
			t.Errorf("%d pushes and %d keys, want none and 2", n, o.keys)
		}
		wanted = false
		after(20 * time.Second)
		p.expire("realtime:t")
		after(time.Second)
		o.wants("joining joined ready lost joining joined ready lost!")
		if d := c.Status().Dropped; d != (Drops{}) {
			t.Errorf("dropped %+v", d)
		}
	})
}

func TestClient_AnAnnouncedCloseThatNeverComesIsActedOn(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		p := s.all()[0]
		p.send(p.ref("realtime:t0"), "", "realtime:t0", "system", `{"message":"Token has expired 0 seconds ago","status":"error","extension":"system"}`)
		after(2 * time.Second)
		o.wants("lost joining joined ready")
	})
}

func TestClient_AKeyThatCannotBeGotIsAskedForAgain(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := &owner{t: t, next: func(n int) (Token, error) {
			if n <= 3 {
				return Token{}, errors.New("503\nfrom \x1b[31mDollr")
			}
			return Token{Text: "good"}, nil
		}}
		o.open(c, "t")
		after(9 * time.Second)
		o.wants("joining lost joining lost joining lost joining joined ready")
		if got := o.reason(); got != "503 from Dollr" {
			t.Errorf("error %q, want one clean line", got)
		}
	})
}

type never struct{}

func (never) Error() string   { return "404 no such session" }
func (never) Permanent() bool { return true }

func TestClient_AKeyThatWillNeverBeGivenIsOver(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := &owner{t: t, next: func(int) (Token, error) { return Token{}, fmt.Errorf("asking: %w", never{}) }}
		o.open(c, "t")
		after(30 * time.Second)
		o.wants("joining lost!")
		if !errors.As(o.lastErr(), new(never)) {
			t.Errorf("the cause is gone from %v", o.lastErr())
		}
	})
}

func TestClient_AKeyWithTooLittleLifeIsThrownAwayTwice(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		lucky := &owner{t: t, next: func(n int) (Token, error) {
			life := 4 * time.Second
			if n == 3 {
				life = time.Minute
			}
			return Token{Text: fmt.Sprint(n), Expires: time.Now().Add(life)}, nil
		}}
		lucky.open(c, "lucky")
		unlucky := &owner{t: t, life: 4 * time.Second}
		unlucky.open(c, "unlucky")
		synctest.Wait()
		after(time.Second)
		lucky.wants("joining joined ready")
		unlucky.wants("joining lost!")
		if unlucky.keys != 3 {
			t.Errorf("%d keys were got, want 3", unlucky.keys)
		}
		if joins := c.Status().Joins; joins != 1 {
			t.Errorf("%d joins, want one", joins)
		}
	})
}

func TestChannel_ClosedWhileItsKeyIsBeingGotFreesItsTurn(t *testing.T) {
	start(t, Config{JoinsPerSecond: 4}, func(s *theServer, c *Client) { // four turns at once
		ended := 0
		var slow []*Channel
		for range 4 {
			slow = append(slow, c.Open(Spec{
				Topic: "slow",
				Token: func(ctx context.Context) (Token, error) {
					<-ctx.Done()
					ended++
					return Token{}, ctx.Err()
				},
				Hear: func(n Notice) {
					if n.Kind != Joining {
						t.Errorf("a closed channel heard %v", n.Kind)
					}
				},
			}))
			synctest.Wait()
		}
		o := (&owner{t: t}).open(c, "t")
		after(10 * time.Second)
		o.wants("")
		for _, ch := range slow {
			ch.Close()
			synctest.Wait()
		}
		after(time.Second)
		o.wants("joining joined ready")
		if ended != 4 {
			t.Errorf("%d of 4 calls of Token were ended", ended)
		}
	})
}

func TestClient_AChannelLostWhileItsKeyIsRenewedStartsAnew(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := &owner{t: t, life: 60 * time.Second}
		ended := false
		c.Open(Spec{
			Topic: "t",
			Token: func(ctx context.Context) (Token, error) {
				key, err := o.token(ctx)
				if key.Text == "key-2" { // the renewal's
					<-ctx.Done()
					ended = true
				}
				return key, err
			},
			Hear: o.hear,
		})
		after(45 * time.Second)
		s.all()[0].closeWith(1012)
		after(2 * time.Second)
		if got := o.kinds(); got != "joining joined ready lost joining joined ready" || !ended {
			t.Errorf("heard %q; the renewal ended: %v", got, ended)
		}
		if n := len(s.all()[1].got("access_token")); n != 0 {
			t.Errorf("%d pushes of a key that was asked for before", n)
		}
	})
}

// A renewed key that the server never confirms has left the channel deaf, perhaps: its
// heartbeats would be answered for ever.
func TestClient_RejoinsWhenARenewalIsNeverConfirmed(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := (&owner{t: t, life: 3 * time.Minute}).open(c, "t")
		after(2*time.Minute + 10*time.Second)
		p := s.all()[0]
		if n := len(p.got("access_token")); n != 1 {
			t.Fatalf("%d pushes", n)
		}
		o.wants("joining joined ready")
		after(26 * time.Second)
		o.wants("joining joined ready lost joining joined ready")
		if n := len(p.got("phx_leave")); n != 1 {
			t.Errorf("it was left %d times", n)
		}
	})
}
