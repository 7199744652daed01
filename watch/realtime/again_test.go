package realtime

import (
	"encoding/json"
	"testing"
	"time"
)

// keyOf is the key in a join.
func keyOf(t *testing.T, join sent) string {
	t.Helper()
	var payload struct {
		Key string `json:"access_token"`
	}
	if err := json.Unmarshal(join.payload, &payload); err != nil {
		t.Errorf("a join's payload: %v", err)
	}
	return payload.Key
}

// When a socket dies its channels join another with the keys that they have: nobody waits
// for the issuer of keys, who may be out of reach for the same reason.
func TestClient_RejoinsWithTheKeyThatStillLives(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := (&owner{t: t, life: 60 * time.Second}).open(c, "t")
		after(10 * time.Second)
		s.all()[0].closeWith(1006)
		after(2 * time.Second)
		o.wants("joining joined ready lost joining joined ready")
		if key := keyOf(t, s.all()[1].got("phx_join")[0]); key != "key-1" {
			t.Errorf("it joined with %s", key)
		}
		after(27 * time.Second) // 39 s of the key's life
		early := len(s.all()[1].got("access_token"))
		after(2 * time.Second)
		if n := len(s.all()[1].got("access_token")); early != 0 || n != 1 {
			t.Errorf("%d pushes before two thirds of the key's life, %d then", early, n)
		}
		s.all()[1].closeWith(1012)
		after(2 * time.Second)
		if key := keyOf(t, s.all()[2].got("phx_join")[0]); key != "key-2" || !o.isReady() {
			t.Errorf("it joined with %s, and heard %q", key, o.kinds())
		}
	})
}

// A key that would have to be renewed soon is not worth another join, nor is one that the
// server may have stopped to take.
func TestClient_RejoinsWithANewKeyWhereTheOldIsDoubtful(t *testing.T) {
	for name, end := range map[string]func(p *peer){
		"old": func(p *peer) {
			time.Sleep(45 * time.Second)
			p.closeWith(1006)
		},
		"announced": func(p *peer) {
			p.send("", "", "realtime:t", "system", `{"extension":"system","status":"ok","message":"Server requested disconnect"}`)
			p.closeWith(1012)
		},
		"expired": func(p *peer) { p.expire("realtime:t") },
	} {
		t.Run(name, func(t *testing.T) {
			start(t, Config{}, func(s *theServer, c *Client) {
				o := &owner{t: t, life: time.Minute}
				o.want = func(in time.Duration) bool { return in == 0 } // without renewals
				o.open(c, "t")
				after(10 * time.Second)
				end(s.all()[0])
				after(2 * time.Second)
				last := s.all()[len(s.all())-1].got("phx_join")
				if key := keyOf(t, last[len(last)-1]); key != "key-2" || !o.isReady() {
					t.Errorf("it joined with %s, and heard %q", key, o.kinds())
				}
			})
		})
	}
}

// A server that came back with another secret refuses every key of before. The first
// refusals are enough: they end no channel, and rest no socket.
func TestClient_OneRefusedKeyOfBeforeSpeaksForAll(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		owners := many(t, c, "t", 180)
		refused := 0
		s.set(func(s *theServer) {
			s.play = func(p *peer, f sent) {
				if f.event == "phx_join" && keyOf(t, f) == "key-1" {
					s.set(func(*theServer) { refused++ })
					time.Sleep(5 * time.Second)
					p.deny(f, "JwtSignatureError: Failed to validate JWT signature")
					return
				}
				p.calm(f)
			}
		})
		for _, p := range s.all() {
			p.closeWith(1006)
		}
		after(20 * time.Second)
		if st := c.Status(); st.Ready != 180 || refused > 2+spareSockets {
			t.Errorf("%d keys of before were refused, and it stands so: %+v", refused, st)
		}
		for _, o := range owners {
			if o.kinds() != "lost joining joined ready" && o.kinds() != "lost joining lost joining joined ready" {
				t.Errorf("one heard %q", o.kinds())
			}
		}
	})
}
