package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"tillwatch/config"
	"tillwatch/sandbox"
)

// serve is `tillwatch sandbox`.
func serve(ctx context.Context, s config.Sandbox) error {
	options := sandbox.Options{Seed: s.Seed, Speed: s.Speed, Limits: s.Limits, Links: s.Links, KeyLife: s.KeyLife}
	if err := options.Check(); err != nil {
		return config.Refuse("--%w", err) // the others were checked, so it is --links
	}
	listener, err := sandbox.Listen(s.Addr)
	if err != nil {
		return config.Refuse("%w", err)
	}
	box := sandbox.New(options)
	base := "http://" + listener.Addr().String()
	if s.PrintEnv {
		fmt.Println("export " + strings.Join(box.Env(base), " ")) // no value needs a quote
	} else {
		note("sandbox on %s; --print-env prints what a watcher of it needs", base)
	}
	if s.UntilEOF {
		var ended context.CancelFunc
		ctx, ended = untilEOF(ctx, os.Stdin)
		defer ended()
	}
	return box.Serve(ctx, listener)
}

// untilEOF returns a context that ends when r does, and not with ctx: a ctrl+c in a terminal also
// reaches the program that started this one, which may still need it. A second signal is the
// system's.
func untilEOF(ctx context.Context, r io.Reader) (context.Context, context.CancelFunc) {
	ctx, ended := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer ended()
		guarded(func() { _, _ = io.Copy(io.Discard, r) }) // any error means that the other end is gone
	}()
	return ctx, ended
}
