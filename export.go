package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"tillwatch/config"
	"tillwatch/ui"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/intake"
	"tillwatch/watch/journal"
)

// export is `tillwatch export`: it reads the journal, even while another process writes it.
func export(ctx context.Context, e config.Export) error {
	path, err := journalPath(e.Settings)
	switch {
	case err != nil:
		return config.Refuse("%w", err)
	case path == "":
		return config.Refuse("there is no journal to export: the setting journal is %s", config.NoJournal)
	}
	if why := zoneTrouble(); why != "" {
		note("%s", why)
	}
	reader, err := journal.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return config.Refuse("there is no journal %s%s", path, others(path))
	}
	if err != nil {
		return config.Refuse("%w", err)
	}
	defer reader.Close()
	if e.Support != "" {
		return support(reader, e)
	}
	format := journal.JSONL
	if e.CSV {
		format = journal.CSV
	}
	_, err = journal.Export(os.Stdout, format, until(ctx, reader.Payments(filterOf(e))))
	if errors.Is(err, syscall.EPIPE) {
		return nil // the reader has what it wanted
	}
	return err
}

// filterOf is what an export was asked for, as the journal takes it.
func filterOf(e config.Export) journal.Filter {
	f := journal.Filter{Since: e.Since, Until: e.Until, Label: e.Label}
	for v := watch.Waiting; v <= watch.Stopped; v++ {
		if slices.Contains(e.Verdicts, v.String()) {
			f.Verdicts = append(f.Verdicts, v)
		}
	}
	return f
}

// support writes what Dollr's support asks for about one payment.
func support(reader *journal.Reader, e config.Export) error {
	p, err := intake.Argument(e.Support)
	if err != nil {
		return config.Refuse("--support: %w", err)
	}
	past, known, err := reader.Find(string(p.ID()))
	switch {
	case err != nil:
		return err
	case !known:
		return config.Refuse("the journal has no payment %s", p.ID())
	}
	info, err := reader.Info()
	if err != nil {
		return err
	}
	entries, _, err := reader.History(past.ID())
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprint(out, ui.Bundle(told(past), entries, info.BaseURL, decided(past), time.Now()))
	return out.Flush()
}

// told is a payment of a journal as it was told of last.
func told(past watch.Past) watch.Snapshot {
	return watch.Snapshot{Known: past.Known, Judgement: watch.Judge(&past.Known, past.At), Rev: past.Rev, At: past.At, Link: watch.Done, Old: true}
}

// decided is whose money a payment was about, as far as an answer said.
func decided(past watch.Past) watch.Stake {
	if past.Final.Code != 0 {
		return past.Final.Stake
	}
	return past.Latest.Stake
}

// journalPath is the file in which the payments of this API are kept; empty when the user
// wants none.
func journalPath(s config.Settings) (string, error) {
	switch s.Journal {
	case config.NoJournal:
		return "", nil
	case "":
		dir, err := s.StateDir()
		if err != nil {
			return "", fmt.Errorf("no place for a journal: %w; --journal FILE says one", err)
		}
		stake, _ := dollr.Stake(s.BaseURL, s.RealMoney)
		return filepath.Join(dir, journal.DefaultName(s.BaseURL, s.ClientID, stake == watch.Real)), nil
	}
	return s.Journal, nil
}

// others names the journals that lie where one was looked for.
func others(path string) string {
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.db"))
	if len(found) == 0 {
		return ""
	}
	return "; there are: " + strings.Join(found, ", ") + " (--journal FILE)"
}

// until ends a walk through payments with ctx.
func until(ctx context.Context, payments iter.Seq2[journal.Payment, error]) iter.Seq2[journal.Payment, error] {
	return func(yield func(journal.Payment, error) bool) {
		for p, err := range payments {
			if ctx.Err() != nil {
				yield(journal.Payment{}, errors.New("interrupted: what was written so far is not all"))
				return
			}
			if !yield(p, err) {
				return
			}
		}
	}
}
