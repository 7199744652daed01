package main

import (
	"context"
	"errors"
	"fmt"

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
	box := sandbox.New(sandbox.Options{Seed: d.Seed, Speed: d.Speed})
	defer box.Close()
	listener, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	settings, err := config.Given(box.Env("http://" + listener.Addr().String()))
	if err != nil {
		return fmt.Errorf("reading what the sandbox says: %w", err)
	}
	settings.Title = fmt.Sprintf("demo seed %d", d.Seed) // its speed changes, and stands in the status

	serving, stop := context.WithCancel(context.WithoutCancel(ctx)) // it outlives the watchers
	served := make(chan error, 1)
	go func() { served <- box.Serve(serving, listener) }()

	j := newJob(settings, possible(d.Output))
	telling := show.Options{Seed: d.Seed, Rate: d.Rate, Script: script,
		Trouble: func(what string) { j.aside.Note("%s", what) }}
	if j.output != config.Board { // a board has a place for them
		telling.Say = func(caption string) { j.aside.Note("%s", caption) }
	}
	play := show.New(box, telling)
	j.limit, j.endless = d.For, true
	j.board.Keys, j.board.Status = presenter(play), play.Status
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

// presenter is the keys of a demo.
func presenter(play *show.Show) []ui.Extra {
	extra := func(k, does string, do func(watch.ID, ...string) string) ui.Extra {
		return ui.Extra{Binding: key.NewBinding(key.WithKeys(k), key.WithHelp(k, does)), Do: do}
	}
	simple := func(do func() string) func(watch.ID, ...string) string {
		return func(watch.ID, ...string) string { return do() }
	}
	decide := func(k, does string, what sandbox.Outcome) ui.Extra {
		e := extra(k, does, func(selected watch.ID, _ ...string) string { return play.Decide(string(selected), what) })
		e.Selected = true
		return e
	}
	return []ui.Extra{
		extra("n", "one customer more", simple(play.One)),
		extra("B", "a burst of customers", simple(play.Burst)),
		extra("[", "fewer arrivals", simple(play.Slower)),
		extra("]", "more arrivals", simple(play.Faster)),
		extra("p", "pause arrivals", simple(play.Pause)),
		decide("A", "customer approves", sandbox.Approve),
		decide("D", "customer declines", sandbox.Decline),
		decide("N", "no PIN prompt comes", sandbox.NoPrompt),
		decide("P", "customer dials for the prompt", sandbox.Dialled),
		decide("C", "cut the sockets", sandbox.CutLink),
		extra("F", "next fault", simple(play.Fault)),
	}
}
