package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
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

// read hands over the payments of a file, to its end or for as long as it grows. A source that was
// never read, or that gave no payment, counts as a refused line: a misspelt name must not look like
// "everything was paid".
func (j *job) read(ctx context.Context, name string, once bool) {
	came := false // anything at all; Follow calls from one goroutine
	fresh := map[watch.ID]bool{}
	var problems problems
	err := intake.Follow(ctx, name, func(k watch.Known, export bool) error {
		came = true
		if !export {
			return j.accept(name, k.Payment)
		}
		return j.acceptExport(name, k, fresh)
	}, func(p intake.Problem) {
		came = came || p.Line > 0 || p.Lost
		problems.put(p, j)
	}, intake.Options{Once: once})
	problems.rest(j)
	switch {
	case err != nil && ctx.Err() == nil:
		j.refuse(name, err.Error())
	case ctx.Err() != nil && !came && !readable(name):
		j.refuse(name, "nothing was read of it before the end")
	}
}

// acceptExport hands over a payment from a line that tillwatch wrote, with the facts in the line.
// Of several lines about one payment the newest counts. fresh holds the payments that this source
// brought.
func (j *job) acceptExport(name string, k watch.Known, fresh map[watch.ID]bool) error {
	id := k.ID()
	j.tally.Expect(id)
	became, err := j.fleet.HandKnown(k, nil)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", id, err)
	case became == watch.Added:
		fresh[id] = k.Stopped
	case became == watch.Kept:
		j.keptAsItWas(name, id)
	}
	if was, ours := fresh[id]; ours && was != k.Stopped {
		fresh[id] = k.Stopped
		if k.Stopped {
			j.fleet.Stop(id)
		} else {
			j.fleet.Resume(id)
		}
	}
	return nil
}

// problemsSaid is how many problems of one source are reported one by one. After that, one line at
// each doubling reports the count, so a source of a million bad lines gives some forty lines.
const problemsSaid = 20

// problems counts the problems of one source.
type problems struct {
	source       string
	n, next      int
	unsaid, lost int // since the last report
}

// put reports a problem, or counts it.
func (ps *problems) put(p intake.Problem, j *job) {
	ps.source = p.Source
	if ps.n++; ps.n <= problemsSaid {
		ps.next = 2 * ps.n
		j.problem(p.String(), p.Lost)
		return
	}
	if ps.unsaid++; p.Lost {
		ps.lost++
		j.tally.Refused()
	}
	if ps.n < ps.next {
		return
	}
	ps.next *= 2
	ps.rest(j)
}

// rest reports how many problems were only counted.
func (ps *problems) rest(j *job) {
	if ps.unsaid == 0 {
		return
	}
	j.aside.Lost(ps.lost, fmt.Sprintf("%s: %s more lines like these, %s of them not taken (%s in all)",
		ps.source, counted(ps.unsaid), counted(ps.lost), counted(ps.n)))
	ps.unsaid, ps.lost = 0, 0
}

// counted formats a number so that no search for payers' numbers masks it.
func counted(n int) string {
	if n < 1_000_000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%.1f million", float64(n)/1e6)
}

// problem reports one problem of a source.
func (j *job) problem(text string, lost bool) {
	if lost {
		j.refuse("", text)
		return
	}
	j.aside.Note("%s", text)
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
		j.keptAsItWas(where, p.ID())
	}
	return nil
}

func (j *job) keptAsItWas(where string, id watch.ID) {
	j.refuse(where, string(id)+" was handed over before with another amount or source, which stays: which of the two is right?")
}

func (j *job) refuse(where, why string) {
	j.tally.Refused()
	if where != "" {
		why = watch.SafeExact(where, 200) + ": " + why
	}
	j.aside.NotTaken(why)
}

// notes returns the log as the board shows it.
func (j *job) notes() []ui.Note {
	entries := j.aside.Log()
	notes := make([]ui.Note, len(entries))
	for i, e := range entries {
		notes[i] = ui.Note(e)
	}
	return notes
}

// saved writes a text to a new file, and returns its path.
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
