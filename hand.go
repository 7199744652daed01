package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"tillwatch/watch"
	"tillwatch/watch/intake"
)

// add takes what a person has typed on the board: a line of a file, or an argument.
func (j *job) add(text string) (string, error) {
	p, err := intake.Argument(text)
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		p, err = intake.Line([]byte(text))
	}
	if err != nil {
		return "", err
	}
	became, err := j.hand(p)
	return map[watch.Addition]string{
		watch.Added: "added", watch.Filled: "was known; what was missing is filled in", watch.Again: "is known already",
		watch.Kept: "is known already, with another amount or source, which stays",
	}[became], err
}

// read hands over what is in a file, to its end or for as long as it grows. A source that
// was never read counts as a refused line: nobody may take the silence of a misspelt name
// for "everything was paid".
func (j *job) read(ctx context.Context, name string, once bool) {
	came := false // anything at all; Follow calls from one goroutine
	err := intake.Follow(ctx, name, func(p watch.Payment) error {
		came = true
		return j.accept(name, p)
	}, func(p intake.Problem) {
		if p.Line == 0 {
			j.aside.Note("%s", p) // of the file as a whole, which is tried again
			return
		}
		came = true
		j.refuse("", p.String())
	}, intake.Options{Once: once})
	switch {
	case err != nil && ctx.Err() == nil:
		j.refuse(name, err.Error())
	case ctx.Err() != nil && !came && !readable(name):
		j.refuse(name, "nothing was read of it before the end")
	}
}

// readable reports whether name is a plain file that can be opened, so that an empty one
// counts as read. Of a pipe only what came of it can tell.
func readable(name string) bool {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	_ = file.Close()
	return true
}

// take hands over a payment from somewhere; a refusal is said.
func (j *job) take(where string, p watch.Payment) {
	if err := j.accept(where, p); err != nil {
		j.refuse(where, err.Error())
	}
}

// accept hands over a payment and says what else there is to say. Its error names the
// payment.
func (j *job) accept(where string, p watch.Payment) error {
	became, err := j.hand(p)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", p.ID(), err)
	case became == watch.Kept:
		j.aside.Note("%s: %s was handed over before with another amount or source, which stays", watch.Clean(where, 200), p.ID())
	}
	return nil
}

func (j *job) hand(p watch.Payment) (watch.Addition, error) {
	j.tally.Expect(p.ID())
	return j.fleet.Add(p)
}

func (j *job) refuse(where, why string) {
	j.tally.Refused()
	if where != "" {
		why = watch.Clean(where, 200) + ": " + why
	}
	j.aside.NotTaken(why)
}
