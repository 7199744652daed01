// Package remote directs a sandbox over its control calls, wherever on this machine it runs.
//
// It speaks to this machine alone: the address must name it, and what is dialled must be it.
// Its errors are one clean line each.
package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"tillwatch/sandbox"
)

// CallLimit is how long a call that brings no truth takes at most, and how long a truth may be
// silent: who does not answer by then will not.
const CallLimit = 5 * time.Second

const (
	textLimit  = 4 << 10 // bytes of a refusal
	stateLimit = 1 << 20 // of any other answer that is no truth
	wordsMost  = 300     // characters of a refusal that are told
)

// ErrSilent is the error of a call that brings no answer in its time.
var ErrSilent = errors.New("directing the sandbox: it does not answer")

// Client directs one sandbox. Its methods may be called from any goroutine. Close it.
type Client struct {
	base string
	http *http.Client
}

// New makes a Client of the sandbox at an address such as http://127.0.0.1:8787, and asks
// nothing yet. An address of another machine is refused.
func New(base string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || u.User != nil || !ours(u.Hostname()) {
		return nil, errors.New("a sandbox is directed at an address such as http://127.0.0.1:8787, of this machine alone")
	}
	dialer := net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		// A name may mean another machine; this is the address that it has become.
		if host, _, err := net.SplitHostPort(address); err != nil || !ours(host) {
			return errors.New("it is not on this machine")
		}
		return nil
	}}
	return &Client{base: strings.TrimRight(base, "/"), http: &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxResponseHeaderBytes: stateLimit}, // and no proxy
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// ours says whether a host is this machine by its very name.
func ours(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Close gives up idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// State is the sandbox in numbers.
func (c *Client) State(ctx context.Context) (sandbox.State, error) {
	var s sandbox.State
	err := c.ask(ctx, CallLimit, http.MethodGet, "/sandbox/state", nil, func(body io.Reader) error {
		return read(body, &s)
	})
	return s, err
}

// FaultsOn lists the faults that are on, in the order of [sandbox.Faults].
func (c *Client) FaultsOn(ctx context.Context) ([]sandbox.Fault, error) {
	s, err := c.State(ctx)
	return s.Faults, err
}

// Set switches a fault on or off, and gives those that are on then.
func (c *Client) Set(ctx context.Context, fault sandbox.Fault, on bool) ([]sandbox.Fault, error) {
	var answer struct {
		Faults []sandbox.Fault `json:"faults"`
	}
	err := c.ask(ctx, CallLimit, http.MethodPost, "/sandbox/faults", map[string]any{"fault": fault, "on": on},
		func(body io.Reader) error { return read(body, &answer) })
	return answer.Faults, err
}

// read decodes an answer that is one JSON object.
func read(body io.Reader, to any) error {
	text, err := io.ReadAll(io.LimitReader(body, stateLimit+1))
	switch {
	case err != nil:
		return err
	case len(text) > stateLimit:
		return fmt.Errorf("more than %d bytes in one answer", stateLimit)
	}
	return decode(text, to)
}

// decode decodes one JSON object strictly: it refuses a name that stands twice and a value of
// another type. Its error repeats nothing of the text.
func decode(text []byte, to any) error {
	if jsontext.Value(text).Kind() != '{' || json.Unmarshal(text, to, jsonv1.FormatDurationAsNano(true)) != nil {
		return errors.New("it is not what a sandbox says")
	}
	return nil
}

// ask makes one call and passes the body of its answer to take.
func (c *Client) ask(ctx context.Context, limit time.Duration, method, path string, order any, take func(io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var body io.Reader = http.NoBody
	if order != nil {
		text, err := json.Marshal(order)
		if err != nil {
			return fmt.Errorf("directing the sandbox: %w", err)
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("directing the sandbox: %w", err)
	}
	if order != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(r)
	var outer *url.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return ErrSilent
	case errors.As(err, &outer):
		return fmt.Errorf("directing the sandbox: %w", outer.Err) // without the address
	case err != nil:
		return fmt.Errorf("directing the sandbox: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	switch {
	case answer.Header.Get(sandbox.Header) == "":
		return errors.New("directing the sandbox: what answers is none")
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("the sandbox refuses: %s", refusal(answer))
	}
	if err := take(answer.Body); err != nil {
		return fmt.Errorf("reading what the sandbox says: %w", err)
	}
	return nil
}

// refusal is the sandbox's own words, or else the status. They are quoted where they could
// be anything but plain words.
func refusal(answer *http.Response) string {
	var body struct {
		Error string `json:"error"`
	}
	words := answer.Status
	text, err := io.ReadAll(io.LimitReader(answer.Body, textLimit))
	if err == nil && json.Unmarshal(text, &body) == nil && body.Error != "" {
		words = body.Error
	}
	if runes := []rune(words); len(runes) > wordsMost {
		words = string(runes[:wordsMost]) + "…"
	}
	if strings.ContainsFunc(words, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(words)
	}
	return words
}
