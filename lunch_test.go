package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/sandbox"
	"tillwatch/sandbox/show"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/intake"
	"tillwatch/watch/realtime"
	"tillwatch/watch/wire"
)

// audience is what a person in front of the demo sees: the newest word about each payment,
// by its label.
type audience struct {
	*testing.T
	born  time.Time
	play  *show.Show
	fleet *watch.Fleet

	mu   sync.Mutex
	seen map[string]watch.Snapshot
	ever map[string][]string // every verdict, in order
}

// attend plays a script to a fleet as demo does, in memory and fake time, and lets look
// look on.
func attend(t *testing.T, name string, speed float64, look func(*audience)) {
	t.Helper()
	script, err := show.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		a := &audience{T: t, born: time.Now(), seen: map[string]watch.Snapshot{}, ever: map[string][]string{}}
		box := sandbox.New(sandbox.Options{Seed: 7, Speed: speed})
		memory := box.Memory()
		defer memory.Close()
		env := map[string]string{}
		for _, pair := range box.Env(sandbox.MemoryURL) {
			name, value, _ := strings.Cut(pair, "=")
			env[name] = value
		}
		api, err := dollr.New(dollr.Config{BaseURL: env["DOLLR_BASE_URL"], ClientID: env["DOLLR_CLIENT_ID"],
			ClientSecret: env["DOLLR_CLIENT_SECRET"], HTTP: memory.Client()})
		if err != nil {
			t.Fatal(err)
		}
		defer api.Close()
		channels := realtime.New(realtime.Config{URL: env["SUPABASE_URL"], APIKey: env["SUPABASE_ANON_KEY"], HTTP: memory.Client()})
		defer channels.Close()
		a.fleet = watch.New(watch.Config{API: api, Forget: api.Forget, Tell: a.hear,
			Listen: wire.Listen(channels), Outlook: wire.Outlook(channels, time.Now)})
		a.play = show.New(box, show.Options{Seed: 7, Script: script, Trouble: func(what string) { t.Error(what) }})

		ctx, leave := context.WithCancel(t.Context())
		var both sync.WaitGroup
		both.Go(func() { _ = a.fleet.Run(ctx) })
		both.Go(func() {
			a.play.Run(ctx, func(line []byte) {
				p, err := intake.Line(line)
				if err == nil {
					_, err = a.fleet.Add(p)
				}
				if err != nil {
					t.Errorf("%s is not taken: %v", line, err)
				}
			})
		})
		look(a)
		leave()
		both.Wait()
	})
}

func (a *audience) hear(s watch.Snapshot) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen[s.Label] = s
	if said := a.ever[s.Label]; len(said) == 0 || said[len(said)-1] != s.Verdict.String() {
		a.ever[s.Label] = append(said, s.Verdict.String())
	}
}

// at looks when so much of the show is over: the caption has the words, and each label its
// verdict.
func (a *audience) at(d time.Duration, caption string, want map[string]string) {
	a.Helper()
	time.Sleep(d - time.Since(a.born))
	synctest.Wait()
	if !strings.Contains(a.play.Caption(), caption) {
		a.Errorf("at %v the caption is %q, want %q", d, a.play.Caption(), caption)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for label, verdict := range want {
		if s := a.seen[label]; s.Verdict.String() != verdict {
			a.Errorf("at %v %s is %s (%s), want %s", d, label, s.Verdict, s.Trouble, verdict)
		}
	}
}

// Each caption of the built-in story says what the screen shows while it is read, at
// whatever speed.
func TestLunch_ShowsWhatItsCaptionsSay(t *testing.T) {
	for _, speed := range []float64{1, 4, 64} {
		attend(t, show.Lunch, speed, func(a *audience) {
			a.at(3*time.Second, "Lunch time", nil)
			a.at(11*time.Second, "WAITING", map[string]string{"Table 4": "WAITING", "Order 1042": "WAITING"})
			a.at(17*time.Second, "PAID", map[string]string{"Table 4": "PAID", "Order 1042": "WAITING"})
			a.at(34*time.Second, "CONFIRMING", map[string]string{"Musu D": "CONFIRMING"})
			a.at(43*time.Second, "CONFIRMING", map[string]string{"Musu D": "CONFIRMING"})
			a.at(47*time.Second, "agrees", map[string]string{"Musu D": "PAID"})
			a.at(61*time.Second, "still waits", map[string]string{"Order 1042": "WAITING"})
			a.at(71*time.Second, "dials", map[string]string{"Order 1042": "PAID"})
			a.at(88*time.Second, "internet is gone", map[string]string{"Table 9": "WAITING"})
			if h := a.fleet.Health(); h.Trouble != watch.NoInternet {
				a.Errorf("the trouble is %q", h.Trouble)
			}
			a.at(100*time.Second, "Nobody here can know", map[string]string{"Table 9": "WAITING"})
			a.at(110*time.Second, "by itself", map[string]string{"Table 9": "PAID"})
			a.at(127*time.Second, "NOT PAID", map[string]string{"Hawa J": "NOT PAID"})
			a.at(139*time.Second, "four paid, one not", map[string]string{"Table 4": "PAID", "Order 1042": "PAID",
				"Musu D": "PAID", "Table 9": "PAID", "Hawa J": "NOT PAID"})
			if h := a.fleet.Health(); h.Trouble != watch.NoTrouble {
				a.Errorf("in the end the trouble is %q", h.Trouble)
			}
			for label, verdicts := range a.ever {
				if slices.Contains(verdicts, "CHECK") {
					a.Errorf("%s was %v", label, verdicts)
				}
			}
			if len(a.ever) != 5 {
				a.Errorf("there came %d payments", len(a.ever))
			}
		})
	}
}
