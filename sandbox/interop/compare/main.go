// Command compare runs tillwatch and programs on the official JavaScript client at the same time,
// over the same payments of the same sandbox, and prints what each of them took as Markdown.
// docs/compare.sh builds and starts it. It fails when a result is missing or wrong, never for a
// time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// settings are the flags.
type settings struct {
	program  string // tillwatch
	theirs   string // theirs.mjs
	payments int
	runs     int
	rate     float64 // ends a second
	patience time.Duration
	rest     time.Duration // between the last channel's readiness and the first end
	clients  []contender
	client   string // the core of what is measured; empty: any
	server   string // and the sandbox's
}

func main() {
	var s settings
	flag.StringVar(&s.program, "program", "", "the program tillwatch")
	flag.StringVar(&s.theirs, "theirs", "", "the program on the official client, theirs.mjs")
	flag.IntVar(&s.payments, "payments", 1000, "payments of each run")
	flag.IntVar(&s.runs, "runs", 5, "runs of each client")
	flag.Float64Var(&s.rate, "rate", 100, "payments that end a second")
	flag.DurationVar(&s.patience, "patience", 5*time.Minute, "how long one run of one client may take")
	flag.StringVar(&s.client, "client-core", "", "the core of the client, for taskset")
	flag.StringVar(&s.server, "server-core", "", "the core of the sandbox, for taskset")
	flag.DurationVar(&s.rest, "rest", 0, "how long all channels are left in peace before payments end")
	names := flag.String("clients", "tillwatch,plain,tuned,raw", "who takes turns")
	flag.Parse()
	s.clients = contenders(s, strings.Split(*names, ","))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := compare(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		stop()
		os.Exit(1)
	}
}

// compare lets the clients take turns, so that what else the machine does meets all of them.
func compare(ctx context.Context, s settings) error {
	if s.program == "" || s.theirs == "" || s.payments < 1 || s.runs < 1 || s.rate <= 0 || len(s.clients) == 0 {
		return errors.New("want -program, -theirs, known clients, and payments, runs and a rate above 0: docs/compare.sh starts it")
	}
	if err := describe(ctx, s); err != nil {
		return err
	}
	heading()
	all := map[string][]result{}
	for n := range s.runs {
		for _, c := range s.clients {
			r, err := s.run(ctx, c)
			if err != nil {
				return fmt.Errorf("run %d of %s: %w", n+1, c.name, err)
			}
			r.row(n+1, c.name)
			all[c.name] = append(all[c.name], r)
		}
	}
	s.medians(all)
	s.ratios(all)
	return nil
}

// run is one run of one client: its base, its payments one after another handed over and
// subscribed, then all of them decided, and its end.
func (s settings) run(ctx context.Context, c contender) (r result, err error) {
	ctx, stop := context.WithTimeoutCause(ctx, s.patience, fmt.Errorf("it took longer than %v", s.patience))
	defer stop()
	box, err := openSandbox(ctx, s)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, box.close()) }()
	// One payment more, which comes before the others and is not measured: who has watched it
	// to its end has loaded all it needs, and watches none.
	lines, err := box.pay(ctx, s.payments+1)
	if err != nil {
		return r, err
	}
	client, err := start(ctx, s.client, c, box.env)
	if err != nil {
		return r, err
	}
	defer client.kill()
	if err := r.warmUp(ctx, client, box, lines[0]); err != nil {
		return r, err
	}
	if err := r.subscribe(ctx, client, lines[1:], s.rest); err != nil {
		return r, err
	}
	if r.subscribed, err = box.state(ctx); err != nil {
		return r, err
	}
	if err := r.decide(ctx, client, box, lines[1:], s.rate); err != nil {
		return r, err
	}
	if r.ended, err = box.state(ctx); err != nil {
		return r, err
	}
	truth, err := box.truth(ctx)
	if err != nil {
		return r, err
	}
	return r, r.judge(truth[1:], client.ends)
}

// warmUp watches one payment to its end, and then takes the base.
func (r *result) warmUp(ctx context.Context, client *client, box *box, payment string) error {
	if err := client.hand(payment); err != nil {
		return err
	}
	if err := client.until(ctx, func() bool { return len(client.live) == 1 }); err != nil {
		return err
	}
	if err := box.decide(ctx, referenceOf(payment), approve); err != nil {
		return err
	}
	if err := client.until(ctx, func() bool { return len(client.ends) == 1 }); err != nil {
		return err
	}
	return client.usage(&r.base)
}

// subscribe hands the payments over all at once, waits until every channel is ready, and
// then leaves them in peace if that was asked for.
func (r *result) subscribe(ctx context.Context, client *client, payments []string, rest time.Duration) error {
	began := time.Now()
	if err := client.hand(payments...); err != nil {
		return err
	}
	if err := client.until(ctx, func() bool { return len(client.live) == len(payments)+1 }); err != nil {
		return err
	}
	r.subscribing = time.Since(began)
	if err := client.usage(&r.ready); err != nil {
		return err
	}
	if err := client.pass(ctx, rest); err != nil {
		return err
	}
	return client.usage(&r.rested)
}

// decide ends the payments at a steady rate, each fourth of them unpaid, and waits for the
// client's own end.
func (r *result) decide(ctx context.Context, client *client, box *box, payments []string, rate float64) error {
	if err := client.close(); err != nil {
		return err
	}
	deciding, stop := context.WithCancel(ctx)
	defer stop()
	decided := make(chan error, 1)
	go func() {
		err := box.decideAll(deciding, payments, rate)
		if err != nil {
			_ = client.cmd.Process.Kill() // it would wait for the rest
		}
		decided <- err
	}()
	err := client.until(ctx, nil)
	if err == nil {
		r.troubles = client.troubles
		r.all, err = client.wait()
	}
	if err != nil {
		stop() // the rest has no reader
	}
	if failed := <-decided; failed != nil && !errors.Is(failed, context.Canceled) {
		return errors.Join(failed, err)
	}
	return err
}
