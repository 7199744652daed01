package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tillwatch/config"
	"tillwatch/hook"
	"tillwatch/sandbox"
	"tillwatch/ui"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/journal"
)

// BenchmarkStart is what a shop waits for after a power cut: from the opening of a journal of
// ten thousand payments without a result to the first frame of the board that shows payments,
// and to the one that counts them all. Nobody answers at the API, so what is measured is ours.
func BenchmarkStart(b *testing.B) {
	const payments = 10_000
	settings, err := config.Given(sandbox.New(sandbox.Options{ClientID: "shop"}).Env("http://127.0.0.1:1"))
	if err != nil {
		b.Fatal(err)
	}
	settings.Journal, settings.LogFile = filepath.Join(b.TempDir(), "start.db"), config.LogOff
	filled(b, settings, payments)
	api, err := dollr.New(dollr.Config{BaseURL: settings.BaseURL, ClientID: settings.ClientID, ClientSecret: "none"})
	if err != nil {
		b.Fatal(err)
	}
	defer api.Close()

	var whole time.Duration
	for b.Loop() {
		begun := time.Now()
		j := newJob(settings, config.Board)
		if err := j.openJournal(api); err != nil {
			b.Fatal(err)
		}
		j.fleet = watch.New(watch.Config{API: nobody{}, Tell: j.journal.Tell, Note: j.journal.Note, Keep: j.journal.Keep, Recall: j.journal.Recall})
		j.hook = hook.New(hook.Config{})
		close(j.ready)
		j.restore()
		ctx, cancel := context.WithCancel(b.Context())
		over := make(chan struct{})
		go func() { defer close(over); _ = j.fleet.Run(ctx) }()

		board := ui.New(j.board)
		board.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
		shown := map[watch.ID]bool{}
		look := func() {
			news := j.latest.Take(ctx)
			board.Update(ui.SnapshotsMsg(news))
			if !strings.Contains(board.View().Content, "WAITING") {
				b.Fatalf("the frame is\n%s", board.View().Content)
			}
			for _, s := range news {
				shown[s.ID()] = true
			}
		}
		look()
		b.StopTimer()
		for len(shown) < payments {
			look()
		}
		whole += time.Since(begun)
		cancel()
		<-over
		j.closeJournal()
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/first-frame")
	b.ReportMetric(whole.Seconds()*1000/float64(b.N), "ms/all-rows")
}

// filled makes the journal of these settings hold so many payments without a result.
func filled(b *testing.B, s config.Settings, payments int) {
	b.Helper()
	j, err := journal.Open(journal.Config{
		Path: s.Journal, BaseURL: s.BaseURL, ClientID: s.ClientID,
		Tell: func(watch.Snapshot) {}, Retell: func() {}, Say: func(text string, _ bool) { b.Error(text) },
	})
	if err != nil {
		b.Fatal(err)
	}
	for n := range payments {
		var s watch.Snapshot
		s.Payment = watch.Payment{
			Session: int64(n + 1), Reference: fmt.Sprintf("550e8400-e29b-41d4-a716-%012d", n), SourceType: "ORDER", SourceID: int64(n + 1),
			Label: fmt.Sprint("Table ", n), Expected: watch.Money{Amount: "18.00", Currency: "USD"}, Method: "MTN_MOMO_LBR",
			Phone: "231770000789", Handed: time.Now(), Executed: time.Now().Add(-time.Hour),
		}
		s.Latest = watch.Answer{At: time.Now(), Code: 200, Path: "/v1/status/collection", Reference: s.Reference, Status: watch.StatusProcessing}
		s.Status, s.At, s.Rev = watch.StatusProcessing, time.Now(), 3
		j.Tell(s)
		for range 5 {
			j.Note(watch.Event{ID: s.ID(), At: time.Now(), From: watch.FromAPI, Kind: watch.EventAnswer, Word: watch.StatusProcessing, Code: 200})
		}
		if n%2000 == 1999 {
			j.History(s.ID()) // which waits for what was told
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}

// nobody is an API that never answers.
type nobody struct{}

func (nobody) Collection(ctx context.Context, _ string) (watch.Answer, error) {
	<-ctx.Done()
	return watch.Answer{}, &watch.Fault{Kind: watch.FaultOffline, Text: "nobody answers"}
}

func (nobody) Source(ctx context.Context, _ string, _ int64) (watch.Answer, error) {
	return nobody{}.Collection(ctx, "")
}

func (nobody) RealtimeKey(ctx context.Context, _ int64, _, _ string) (watch.Key, error) {
	<-ctx.Done()
	return watch.Key{}, &watch.Fault{Kind: watch.FaultOffline, Text: "nobody answers"}
}
