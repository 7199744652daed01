package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"tillwatch/sandbox"
)

// crowdServer is the name under which this test's own program is the server of a crowd: a
// sandbox in a process of its own, so that what the watcher costs can be told from what its
// server does. Its payments stay under way for ever, and it has their channels tell of them
// as often as it is asked to.
const crowdServer = "crowd-server"

// crowdOrder is what the server is asked for, one JSON value each.
type crowdOrder struct {
	Start  int     // payments to be made; answered with their intake lines
	Rate   float64 // events a second
	Events int     // of Rate, one payment after the other; answered with when each was committed
}

// crowdNews is its answer.
type crowdNews struct {
	Env   []string         // what a watcher needs; only at first, and unasked
	Lines []sandbox.Intake // of Start
	At    []int64          // of Events: Unix nanoseconds at which the change was committed
	First int              // the payment of the first of them; the others follow in turn
}

// crowdPoll is how often the server looks for changes, where the real one does each half
// second: what is measured is ours, and not when the server looks.
const crowdPoll = 10 * time.Millisecond

// serveCrowd serves until its standard input ends.
func serveCrowd() {
	box := sandbox.New(sandbox.Options{
		Seed: 7, Speed: sandbox.SpeedMost, Limits: sandbox.LimitsNone, Poll: crowdPoll, KeyLife: 15 * time.Minute,
	})
	l, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	go func() { _ = box.Serve(context.Background(), l) }()
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	news := crowdNews{Env: box.Env("http://" + l.Addr().String())}
	var names []string
	told := 0
	for {
		if err := out.Encode(news); err != nil {
			fail(err)
		}
		var order crowdOrder
		if in.Decode(&order) != nil {
			return
		}
		news = crowdNews{First: told % max(1, len(names))}
		for range order.Start {
			line, err := box.Start(sandbox.Order{Scenario: "stuck"})
			if err != nil {
				fail(err)
			}
			news.Lines, names = append(news.Lines, line), append(names, line.ReferenceID)
		}
		begun := time.Now()
		for i := range order.Events {
			time.Sleep(time.Until(begun.Add(time.Duration(float64(i) / order.Rate * float64(time.Second)))))
			word := [...]string{"PENDING", "PROCESSING"}[told/len(names)%2]
			news.At = append(news.At, time.Now().UnixNano())
			if err := box.Say(names[told%len(names)], "", word); err != nil {
				fail(err)
			}
			told++
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, crowdServer+":", err)
	os.Exit(1)
}

// crowdServed is the server as the watcher's process has it.
type crowdServed struct {
	tb  testing.TB
	in  *json.Encoder
	out *json.Decoder
	env []string
}

// openCrowd starts the server, until the benchmark ends: on the last core, where taskset can
// put it there and pin leaves that to it.
func openCrowd(tb testing.TB, pin bool) *crowdServed {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := &exec.Cmd{Path: self, Args: []string{crowdServer}, Stderr: os.Stderr}
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	if pin {
		tasksetCore(tb, cmd.Process.Pid, runtime.NumCPU()-1)
	}
	tb.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	c := &crowdServed{tb: tb, in: json.NewEncoder(in), out: json.NewDecoder(out)}
	c.env = c.hear().Env
	return c
}

// ask gives the server an order and waits for its answer.
func (c *crowdServed) ask(o crowdOrder) crowdNews {
	if err := c.in.Encode(o); err != nil {
		c.tb.Errorf("asking the server: %v", err)
	}
	return c.hear()
}

func (c *crowdServed) hear() (news crowdNews) {
	if err := c.out.Decode(&news); err != nil {
		c.tb.Errorf("hearing the server: %v", err)
	}
	return news
}

// tasksetCore puts a process with all its threads on one core.
func tasksetCore(tb testing.TB, pid, core int) {
	tb.Helper()
	if out, err := exec.Command("taskset", "-apc", fmt.Sprint(core), fmt.Sprint(pid)).CombinedOutput(); err != nil {
		tb.Fatalf("taskset: %v\n%s", err, out)
	}
}
