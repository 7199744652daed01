package realtime

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// probed runs a story in a bubble with a server and a socket to it.
func probed(t *testing.T, play func(p *peer, f sent), story func(ctx context.Context, p *Probe)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.set(func(s *theServer) { s.play = play })
		p, _, err := Dial(t.Context(), Config{URL: "http://memory", APIKey: "anon-key", HTTP: s.client})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		story(ctx, p)
	})
}

var rows = []Binding{{Event: "*", Schema: "public", Table: "t"}}

func TestProbe_TimesEachStepOfACalmSocket(t *testing.T) {
	for name, c := range map[string]struct {
		play        func(p *peer, f sent)
		join, ready time.Duration
	}{
		"as usual": {func(p *peer, f sent) {
			if f.event != eventJoin {
				p.calm(f)
				return
			}
			time.Sleep(300 * time.Millisecond)
			p.accept(f)
			p.send("", "", f.topic, "presence_state", `{}`)
			time.Sleep(2 * time.Second)
			p.subscribed(f.topic)
		}, 300 * time.Millisecond, 2 * time.Second},
		"ready before the reply": {func(p *peer, f sent) {
			if f.event != eventJoin {
				p.calm(f)
				return
			}
			p.subscribed(f.topic)
			p.accept(f)
		}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			probed(t, c.play, func(ctx context.Context, p *Probe) {
				beat, err := p.Beat(ctx)
				if beat != 0 || err != nil {
					t.Errorf("the heartbeat took %v: %v", beat, err)
				}
				if took, err := p.Join(ctx, "a", rows, Token{Text: "key"}); took != c.join || err != nil {
					t.Errorf("the join took %v: %v", took, err)
				}
				if took, err := p.Ready(ctx, "a"); took != c.ready || err != nil {
					t.Errorf("it was ready after %v: %v", took, err)
				}
			})
		})
	}
}

func TestProbe_SaysInTheServersWordsWhatFails(t *testing.T) {
	const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
	for name, c := range map[string]struct {
		play func(p *peer, f sent)
		want string
	}{
		"a refused join": {func(p *peer, f sent) { p.deny(f, "InvalidJWTToken: Token has expired, it was "+token) },
			"InvalidJWTToken: Token has expired, it was •••"},
		"a table that is not there": {func(p *peer, f sent) {
			p.accept(f)
			p.send(f.joinRef, "", f.topic, "system", `{"message":"Unable to subscribe to changes","status":"error","extension":"postgres_changes"}`)
		}, "Unable to subscribe to changes"},
		"a closed channel":  {func(p *peer, f sent) { p.send(f.joinRef, f.joinRef, f.topic, "phx_close", `{}`) }, "the server closed the channel"},
		"a crashed channel": {func(p *peer, f sent) { p.send(f.joinRef, f.joinRef, f.topic, "phx_error", `{}`) }, "the channel crashed at the server"},
		"a closed socket":   {func(p *peer, f sent) { go p.closeWith(1012) }, "the server closed the socket with code 1012"},
		"silence":           {func(*peer, sent) {}, "no answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			probed(t, c.play, func(ctx context.Context, p *Probe) {
				_, err := p.Join(ctx, "a", rows, Token{Text: token})
				if err == nil {
					_, err = p.Ready(ctx, "a")
				}
				if err == nil || err.Error() != c.want {
					t.Errorf("got %v, want %s", err, c.want)
				}
			})
		})
	}
}

func TestDial_ARefusalIsSaidWithItsStatusAndWithoutTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.set(func(s *theServer) {
			s.refuse = func(w http.ResponseWriter) bool {
				http.Error(w, `{"error":"Invalid JWT: anon-key"}`, http.StatusUnauthorized)
				return true
			}
		})
		_, _, err := Dial(t.Context(), Config{URL: "http://memory", APIKey: "anon-key", HTTP: s.client})
		var refused *DialError
		if !errors.As(err, &refused) || refused.Status != 401 || strings.Contains(err.Error(), "anon-key") {
			t.Errorf("got %v", err)
		}
	})
}
