package dollr

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

func TestLogin_TellsTheLifeOfTheTokenAndNeverItsText(t *testing.T) {
	for told, want := range map[string]Login{
		`60`:     {ExpiresIn: "60", Life: time.Hour, Believed: true},
		`"30"`:   {ExpiresIn: "30", Life: 30 * time.Minute, Believed: true},
		`3600`:   {ExpiresIn: "3600", Life: 60 * time.Hour, Believed: true},
		`360000`: {ExpiresIn: "360000", Life: assumedLife},
		`"soon"`: {ExpiresIn: "soon", Life: assumedLife},
	} {
		play(t, says(200, `{}`), func(s *stage) {
			s.token = func(_ int, w http.ResponseWriter) {
				time.Sleep(40 * time.Millisecond)
				fmt.Fprintf(w, `{"access_token":"token-of-the-till","expires_in":%s}`, told)
			}
			want.Took = 40 * time.Millisecond
			for range 2 { // the second time nobody is asked
				got, err := s.Login(context.Background())
				if err != nil || got != want {
					t.Errorf("expires_in %s: got %+v, %v; want %+v", told, got, err, want)
				}
				if text := fmt.Sprintf("%#v", got); strings.Contains(text, "of-the-till") {
					t.Errorf("it holds the token: %s", text)
				}
			}
			if tokens, calls := s.asked(); tokens != 1 || calls != 0 {
				t.Errorf("%d tokens and %d other calls were asked", tokens, calls)
			}
		})
	}
}

func TestLogin_ARefusalIsALoginFault(t *testing.T) {
	play(t, says(200, `{}`), func(s *stage) {
		s.token = func(_ int, w http.ResponseWriter) { says(401, `{"detail":"Could not validate credentials"}`)(w, nil) }
		_, err := s.Login(context.Background())
		s.fault(err, watch.FaultLogin)
	})
}
