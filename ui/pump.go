package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// beat is the least time between two batches of news: at most 20 a second.
const beat = 50 * time.Millisecond

// Pump moves news from latest to the screen until ctx ends. What comes faster than 20
// batches a second is merged by latest, the newest of each payment winning. send is
// Program.Send; it may block without making any watcher wait.
func Pump(ctx context.Context, latest *watch.Latest, send func(tea.Msg)) {
	pause := time.NewTimer(beat)
	defer pause.Stop()
	for {
		news := latest.Take(ctx)
		if news == nil {
			return
		}
		send(SnapshotsMsg(news))
		pause.Reset(beat)
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}
