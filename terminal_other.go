//go:build !unix

package main

import "context"

// watchTerminal waits for ctx to end: without job control a terminal is lost with its window.
func watchTerminal(ctx context.Context, _ func()) { <-ctx.Done() }
