package load_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/sandbox"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/load"
	"tillwatch/watch/realtime"
	"tillwatch/watch/wire"
)

// desk is a load run as a person has it in front of them: a sandbox, a fleet that watches it,
// and the run between, all in memory and in fake time.
type desk struct {
	*testing.T
	born time.Time
	box  *sandbox.Server
	api  *dollr.Client
	run  *load.Run
	stop context.CancelFunc // of the run alone
}

// sit begins a run, lets story look on and steer, and clears up. What change makes of the
// Config comes last.
func sit(t *testing.T, plan load.Plan, change func(*load.Config), story func(*desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{T: t, born: time.Now(), box: sandbox.New(sandbox.Options{Seed: 3})}
		memory := d.box.Memory()
		defer memory.Close()
		env := map[string]string{}
		for _, pair := range d.box.Env(sandbox.MemoryURL) {
			name, value, _ := strings.Cut(pair, "=")
			env[name] = value
		}
		var err error
		if d.api, err = dollr.New(dollr.Config{BaseURL: env["DOLLR_BASE_URL"], ClientID: env["DOLLR_CLIENT_ID"],
			ClientSecret: env["DOLLR_CLIENT_SECRET"], HTTP: memory.Client()}); err != nil {
			t.Fatal(err)
		}
		defer d.api.Close()
		channels := realtime.New(realtime.Config{URL: env["SUPABASE_URL"], APIKey: env["SUPABASE_ANON_KEY"], HTTP: memory.Client()})
		defer channels.Close()
		fleet := watch.New(watch.Config{API: d.api, Forget: d.api.Forget, Listen: wire.Listen(channels),
			Tell: func(s watch.Snapshot) { d.run.Tell(s) }, Note: func(e watch.Event) { d.run.Note(e) }})
		c := load.Config{Shop: d.api, Hand: fleet.Hand, Plan: plan, Calls: d.api.Counts,
			Hints: func() watch.HintCounts { return fleet.Health().Hints }}
		if change != nil {
			change(&c)
		}
		if d.run, err = load.New(c); err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithCancel(t.Context())
		var both sync.WaitGroup
		both.Go(func() { _ = fleet.Run(ctx) })
		running, stop := context.WithCancel(t.Context())
		d.stop = stop
		both.Go(func() {
			if err := d.run.Run(running); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		story(d)
		stop()
		leave()
		both.Wait()
	})
}

// at looks when so much time has passed.
func (d *desk) at(after time.Duration) load.Report {
	d.Helper()
	time.Sleep(after - time.Since(d.born))
	synctest.Wait()
	return d.run.Report()
}

// steer does what a person does, who is told so.
func (d *desk) steer(s load.Steering, want string) {
	d.Helper()
	if got := d.run.Steer(s); got != want {
		d.Errorf("at %v it says %q, want %q", time.Since(d.born), got, want)
	}
	synctest.Wait()
}

// ended waits until the run has ended, and judges it by what really happened.
func (d *desk) ended() load.Report {
	d.Helper()
	<-d.run.Done()
	time.Sleep(5 * time.Second) // a hint that is missing is waited for
	synctest.Wait()
	var facts []load.Fact
	for _, truth := range d.box.Truth() {
		facts = append(facts, factOf(truth))
	}
	d.run.Judge(facts)
	return d.run.Report()
}

// factOf is what the sandbox says of one payment, in our words.
func factOf(t sandbox.Truth) load.Fact {
	f := load.Fact{ID: watch.ID(strings.ToLower(t.Reference)), At: t.At, Amount: watch.Money{Amount: t.Amount, Currency: t.Currency}}
	if t.Reference == "" {
		f.ID = watch.ID(fmt.Sprintf("%s:%d", t.SourceType, t.SourceID))
	}
	switch {
	case !t.Final:
	case t.Status == "COMPLETED", t.Status == "PAID":
		f.Verdict = watch.Paid
	default:
		f.Verdict = watch.NotPaid
	}
	return f
}

// addsUp checks that a Report's numbers agree with each other and with the samples.
func (d *desk) addsUp(rep load.Report) {
	d.Helper()
	o := rep.Outcomes
	if sum := o.Paid + o.NotPaid + o.Check + o.Stopped + o.Confirming + o.Waiting + o.Failed; sum != rep.Arrivals.Begun {
		d.Errorf("the outcomes %+v are %d payments, %d have begun", o, sum, rep.Arrivals.Begun)
	}
	samples, missing := d.run.Samples()
	if len(samples)+missing != rep.Arrivals.Begun {
		d.Errorf("%d samples and %d missing, %d have begun", len(samples), missing, rep.Arrivals.Begun)
	}
	bars := uint64(0)
	for _, b := range rep.Bars {
		bars += b.N
	}
	if paid := stageOf(rep, "start_to_paid"); bars != paid.N || int(paid.N) != o.Paid {
		d.Errorf("the bars are %d payments, the stage has %d, %d are PAID", bars, paid.N, o.Paid)
	}
	for i, st := range rep.Stages {
		n, total := uint64(0), int64(0)
		for _, s := range samples {
			if s.Took[i] >= 0 {
				n, total = n+1, total+s.Took[i]
			}
		}
		if missing == 0 && (n != st.N || n > 0 && st.Mean.Microseconds() != total/int64(n)) {
			d.Errorf("%s: the report has %d of %v, the samples %d and %dµs in all", st.Name, st.N, st.Mean, n, total)
		}
		if st.P50 > st.P90 || st.P90 > st.P95 || st.P95 > st.P99 || st.P99 > st.P999 || st.P999 > st.Max {
			d.Errorf("%s: %+v is out of order", st.Name, st)
		}
	}
}

func stageOf(rep load.Report, name string) load.Stage {
	for _, s := range rep.Stages {
		if s.Name == name {
			return s
		}
	}
	panic(name)
}
