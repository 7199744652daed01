package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tillwatch/ui"
	"tillwatch/watch"
	"tillwatch/watch/intake"
)

// add takes what a person has put into the board's form.
func (j *job) add(p watch.Payment) (string, error) {
	became, err := j.handKept(p)
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
		j.aside.Note("%s: %s was handed over before with another amount or source, which stays", watch.SafeExact(where, 200), p.ID())
	}
	return nil
}

func (j *job) refuse(where, why string) {
	j.tally.Refused()
	if where != "" {
		why = watch.SafeExact(where, 200) + ": " + why
	}
	j.aside.NotTaken(why)
}

// log is the log as the board shows it.
func (j *job) log() []ui.Note {
	entries := j.aside.Log()
	notes := make([]ui.Note, len(entries))
	for i, e := range entries {
		notes[i] = ui.Note(e)
	}
	return notes
}

// saved writes a text of ours to a new file, and returns its path.
func saved(name, text string) (string, error) {
	file, path, err := newFile(name)
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("writing %s: %w", path, err)
	}
	return path, nil
}

// newFile makes a file in the folder that we were started in, for its owner's eyes alone: it
// may name customers. A name that is taken gets a number. It also returns the file's path.
func newFile(name string) (*os.File, string, error) {
	base, kind := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	for n := 1; ; n++ {
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) && n < 1000 {
			name = fmt.Sprintf("%s-%d%s", base, n+1, kind)
			continue
		}
		if err != nil {
			return nil, "", fmt.Errorf("making a file: %w", err)
		}
		if whole, err := filepath.Abs(name); err == nil {
			name = whole
		}
		return file, name, nil
	}
}
