package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// The decisions.
const (
	approve = "approve"
	decline = "decline"
)

// box is a sandbox in a process of its own.
type box struct {
	cmd  *exec.Cmd
	said bytes.Buffer
	base string   // its URL
	env  []string // what a client of it needs
	web  *http.Client
}

// openSandbox starts a sandbox that limits nothing. All of them have one seed, so payments are
// the same in every run. The context's end kills it.
func openSandbox(ctx context.Context, s settings) (*box, error) {
	b := &box{web: &http.Client{}, cmd: command(ctx, s.server, s.program, "sandbox", "--addr", "127.0.0.1:0",
		"--print-env", "--limits", "none", "--key-life", "15m", "--seed", "1")}
	b.cmd.Stderr = &b.said
	b.cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = b.cmd.Wait() // what it said is the better reason
		return nil, fmt.Errorf("the sandbox ends: %s", bytes.TrimSpace(b.said.Bytes()))
	}
	b.env = strings.Fields(strings.TrimPrefix(line, "export "))
	for _, pair := range b.env {
		if value, is := strings.CutPrefix(pair, "DOLLR_BASE_URL="); is {
			b.base = value
		}
	}
	return b, nil
}

// close ends the sandbox.
func (b *box) close() error {
	_ = b.cmd.Process.Signal(os.Interrupt) // it may have ended: then Wait says why
	if err := b.cmd.Wait(); err != nil {
		return fmt.Errorf("the sandbox ends: %w: %s", err, bytes.TrimSpace(b.said.Bytes()))
	}
	return nil
}

// call makes one control call and gives its answer, which the caller closes.
func (b *box) call(ctx context.Context, method, path string, body any) (io.ReadCloser, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, b.base+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.web.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(resp.Body)
		return nil, errors.Join(fmt.Errorf("%s: HTTP %d: %s", path, resp.StatusCode, said), resp.Body.Close())
	}
	return resp.Body, nil
}

// pay starts payments whose customers wait for a decision, and gives their intake lines.
func (b *box) pay(ctx context.Context, n int) ([]string, error) {
	body, err := b.call(ctx, http.MethodPost, "/sandbox/payments", map[string]any{"scenario": "no-prompt", "link": "clean", "count": n})
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(body)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if err == nil && len(lines) != n {
		err = fmt.Errorf("%d payments were started, want %d", len(lines), n)
	}
	return lines, errors.Join(err, body.Close())
}

// referenceOf is the reference in an intake line.
func referenceOf(line string) string {
	var t told
	_ = json.Unmarshal([]byte(line), &t) // the sandbox's own; a call with none is refused
	return t.Reference
}

// decide ends a payment.
func (b *box) decide(ctx context.Context, reference, outcome string) error {
	body, err := b.call(ctx, http.MethodPost, "/sandbox/decide", map[string]string{"reference_id": reference, "outcome": outcome})
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, body) // so that the connection is kept
	return errors.Join(err, body.Close())
}

// decideAll ends payments, each when it is due, whatever the one before took.
func (b *box) decideAll(ctx context.Context, payments []string, rate float64) error {
	began := time.Now()
	for i, line := range payments {
		due := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		outcome := approve
		if i%4 == 3 {
			outcome = decline
		}
		if err := b.decide(ctx, referenceOf(line), outcome); err != nil {
			return err
		}
	}
	return nil
}

// state is what the sandbox counts of its client.
type state struct {
	Reads    int `json:"reads"` // of the status API
	Realtime struct {
		Sockets int `json:"sockets"` // open now
	} `json:"realtime"`
}

// state asks for the counts.
func (b *box) state(ctx context.Context) (s state, err error) {
	body, err := b.call(ctx, http.MethodGet, "/sandbox/state", nil)
	if err != nil {
		return s, err
	}
	return s, errors.Join(json.NewDecoder(body).Decode(&s), body.Close())
}

// fate is what became of a payment.
type fate struct {
	Reference string    `json:"reference_id"`
	Status    string    `json:"status"`
	Amount    string    `json:"amount"`
	Currency  string    `json:"currency"`
	Written   time.Time `json:"written"`
}

// truth is what became of all payments, in the order they were made.
func (b *box) truth(ctx context.Context) ([]fate, error) {
	body, err := b.call(ctx, http.MethodGet, "/sandbox/truth", nil)
	if err != nil {
		return nil, err
	}
	var all []fate
	for d := json.NewDecoder(body); ; {
		var f fate
		switch err := d.Decode(&f); {
		case errors.Is(err, io.EOF):
			return all, body.Close()
		case err != nil:
			return nil, errors.Join(err, body.Close())
		}
		all = append(all, f)
	}
}
