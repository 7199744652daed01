package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"

	"tillwatch/config"
	"tillwatch/sandbox"
	"tillwatch/sandbox/show"
	"tillwatch/ui"
	"tillwatch/watch"
	"tillwatch/watch/intake"
)

// demo is `tillwatch demo`: the same parts, on a sandbox that they reach over TCP.
func demo(ctx context.Context, d config.Demo) error {
	var script *show.Script
	if d.Script != "" {
		var err error
		if script, err = show.Load(d.Script); err != nil {
			return config.Refuse("%w", err)
		}
	}
	box := sandbox.New(sandbox.Options{Seed: d.Seed, Speed: d.Speed, Fault: crash})
	defer box.Close()
	listener, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	settings, err := config.Given(box.Env("http://" + listener.Addr().String()))
	if err != nil {
		return fmt.Errorf("reading what the sandbox says: %w", err)
	}
	settings.Screen, settings.Dump = d.Screen, d.Dump
	for _, text := range d.Notes {
		note("%s", text)
	}
	settings.Title = fmt.Sprintf("demo seed %d", d.Seed) // its speed changes, and stands in the status

	serving, stop := context.WithCancel(context.WithoutCancel(ctx)) // it outlives the watchers
	served := make(chan error, 1)
	go func() {
		err := error(bug{"the sandbox failed"})
		defer func() { served <- err }()
		guarded(func() { err = box.Serve(serving, listener) })
	}()

	j := newJob(settings, possible(d.Output))
	telling := show.Options{Seed: d.Seed, Rate: d.Rate, Script: script,
		Trouble: func(what string) { j.aside.Note("%s", what) }}
	if j.output != config.Board { // a board has a place for them
		telling.Say = func(caption string) { j.aside.Note("%s", caption) }
	}
	play := show.New(box, telling)
	j.limit, j.endless, j.own, j.stake.own = d.For, true, true, true
	j.board.Fleeting = true
	j.board.Keys, j.board.Status, j.board.Caption = presenter(play), play.Status, play.Caption
	j.board.Focus = func() watch.ID { return watch.ID(strings.ToLower(play.Focus())) }
	j.board.Changed = besides(j.board.Keys, d.Keys)
	err = j.run(ctx, func(ctx context.Context) {
		play.Run(ctx, func(line []byte) {
			p, err := intake.Line(line)
			if err != nil {
				j.refuse("the sandbox", err.Error())
				return
			}
			j.take("the sandbox", p)
		})
	})
	stop()
	if status := config.Exit(0); errors.As(err, &status) {
		err = nil // what became of made-up payments is no success and no failure
	}
	return errors.Join(err, <-served)
}

// presenter is the keys of a demo. Those that stay longest in the last line of a narrow
// screen are what a presenter needs with people looking on.
func presenter(play *show.Show) []ui.Extra {
	extra := func(help, does string, keep int, do func() string, keys ...string) ui.Extra {
		return ui.Extra{
			Binding: key.NewBinding(key.WithKeys(append(keys, help)...), key.WithHelp(help, does)),
			Do:      func(watch.ID, ...string) string { return do() }, Group: "PRESENTER", Keep: keep,
		}
	}
	about := func(help, does string, keep int, do func(id string, chosen []string) string, steps ...ui.Step) ui.Extra {
		e := extra(help, does, keep, nil)
		e.Do = func(id watch.ID, chosen ...string) string { return do(string(id), chosen) }
		e.Selected, e.Steps = true, steps
		return e
	}
	choose := func(title string, list func() []show.Choice) ui.Step {
		return ui.Step{Title: title, Choices: func([]string) []ui.Choice { return choices(list()) }}
	}
	customer := extra("N", "a customer of your choice", 4, nil)
	customer.Steps = []ui.Step{
		{Title: "HOW DOES THE CUSTOMER PAY?", Choices: func([]string) []ui.Choice {
			return append([]ui.Choice{{Name: byChance, Text: "any network"}}, choices(show.Networks())...)
		}},
		{Title: "WHAT WILL HAPPEN?", Choices: func(chosen []string) []ui.Choice {
			return append([]ui.Choice{{Name: byChance, Text: "as the usual mix has it"}}, choices(show.ScenariosOf(drawn(chosen[0])))...)
		}},
	}
	customer.Do = func(_ watch.ID, chosen ...string) string { return play.Start(drawn(chosen[0]), drawn(chosen[1])) }
	fault := extra("E", "faults: on and off", 2, nil)
	fault.Steps = []ui.Step{choose("FAULTS OF ALL PAYMENTS", show.Faults)}
	fault.Steps[0].On = func(name string) bool { return slices.Contains(play.FaultsOn(), name) }
	fault.Do = func(_ watch.ID, chosen ...string) string {
		return play.SetFault(chosen[0], !slices.Contains(play.FaultsOn(), chosen[0]))
	}
	decided := func(what sandbox.Outcome) func(string, []string) string {
		return func(id string, _ []string) string { return play.Decide(id, what) }
	}
	keys := []ui.Extra{
		about("S", "what happens to this payment", 8, func(id string, chosen []string) string {
			if status, lies := strings.CutPrefix(chosen[0], lying); lies {
				return play.Lie(id, strings.ToUpper(status))
			}
			return play.Decide(id, sandbox.Outcome(chosen[0]))
		}, choose("WHAT HAPPENS TO", outcomes)),
		about("A", "the customer approves", 1, decided(sandbox.Approve)),
		about("D", "the customer declines", 1, decided(sandbox.Decline)),
		extra("n", "one customer more", 7, func() string { return play.One() }),
		customer,
		extra("B", "a burst of customers", 2, func() string { return play.Burst() }),
		extra("[", "fewer arrivals", 1, func() string { return play.Slower() }),
		extra("]", "more arrivals", 1, func() string { return play.Faster() }),
		extra("p", "pause arrivals and the script", 1, func() string { return play.Pause() }),
		extra("-", "slower customers", 1, func() string { return play.Calmer() }),
		extra("+", "quicker customers", 1, func() string { return play.Quicker() }, "="),
		fault,
	}
	for _, k := range []struct{ key, short string }{{"S", "outcome"}, {"n", "one more"}, {"N", "your choice"}, {"E", "faults"}} {
		at := slices.IndexFunc(keys, func(e ui.Extra) bool { return e.Help().Key == k.key })
		keys[at].Short, keys[at].Starts = k.short, k.key == "n" || k.key == "N"
	}
	return keys
}

// besides returns the user's own keys without those that the presenter has in a demo, because a
// shop's settings must not take the demo's menus away.
func besides(presenter []ui.Extra, changed map[string][]string) map[string][]string {
	kept := map[string][]string{}
	for action, keys := range changed {
		taken := slices.IndexFunc(presenter, func(e ui.Extra) bool {
			return slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(e.Keys(), k) })
		})
		if taken >= 0 {
			note("keys.%s is left alone: %s is a presenter's key in the demo", action, presenter[taken].Help().Key)
			continue
		}
		kept[action] = keys
	}
	if action, err := ui.CheckKeys(kept); err != nil { // without the others they may quarrel
		note("the usual keys, for keys.%s: %v", action, err)
		return nil
	}
	return kept
}

// lying begins the names of what only the channel says.
const lying = "lie-"

// outcomes are what can happen to a payment, the channel's lies behind what is true.
func outcomes() []show.Choice {
	return append(show.Outcomes(),
		show.Choice{Name: lying + "completed", Text: "the channel says COMPLETED, and the API does not"},
		show.Choice{Name: lying + "failed", Text: "the channel says FAILED, and the API does not"})
}

// byChance is the choice to leave it to the seed.
const byChance = "by chance"

// drawn is a chosen name as the show takes it.
func drawn(name string) string {
	if name == byChance {
		return ""
	}
	return name
}

// choices are a show's choices as the screen takes them: the two packages share no type.
func choices(list []show.Choice) []ui.Choice {
	all := make([]ui.Choice, len(list))
	for i, c := range list {
		all[i] = ui.Choice(c)
	}
	return all
}
