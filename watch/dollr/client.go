package dollr

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/loopback"
)

const (
	callLimit = 10 * time.Second // one whole call, a token's refresh and a second try included
	bodyLimit = 1 << 20          // bytes of one answer, unzipped
	headLimit = 64 << 10         // bytes of its headers

	redialEvery = 30 * time.Second // while calls are answered, idle connections are given up this often
)

// idLeast is the length, in bytes, from which a client id is hidden. A shorter one may be a plain
// word, such as "sandbox".
const idLeast = 12

// errLimit is why a call ends that took too long.
var errLimit = errors.New("timed out")

// Config is what a Client needs. Printing, logging or encoding one shows the host alone.
type Config struct {
	BaseURL      string // e.g. "https://api.heydollr.app"; http only to this machine; may have a path
	ClientID     string // both from Dollr's merchant portal
	ClientSecret string
	HTTP         *http.Client     // nil: our own, with 64 connections at most; a given one is copied
	Wall         func() time.Time // nil: time.Now; the wall clock of Answer.At and Skew
	UserAgent    string           // "": tillwatch
	Bodies       bool             // keep what came in Answer.Body, redacted: for a screen
	Real         bool             // the user says that the host passes calls on to Dollr (TILLWATCH_MONEY=real)

	// Refuse is asked about the host of every request before it is sent, whatever proxy would
	// carry it, and about every host before it is dialled. Its error, one clean line, becomes
	// that of the call, of which nothing is sent. Nil allows every host.
	Refuse func(host string) error

	// Dump is told of every exchange when it is over, for a developer. It is called from
	// many goroutines and must not block. Nil costs nothing.
	Dump func(Exchange)
}

// Client asks Dollr. All methods may be called by many goroutines at once. It implements
// [watch.API] with a single attempt a call: the fleet's budget decides about asking again.
type Client struct {
	base   string // without a final slash
	real   bool
	id     secret
	secret secret
	http   *http.Client
	own    bool // the connections are ours to close
	wall   func() time.Time
	bodies bool
	dump   func(Exchange)
	refuse func(host string) error // nil: no host is refused
	agent  string
	tokens *tokens
	tally  tally

	doubted atomic.Pointer[time.Time] // when a call that hung last made us give up idle connections

	end context.CancelFunc // ends a token refresh under way
}

var _ watch.API = (*Client)(nil)

// New makes a Client; it asks nothing yet. The error says what is wrong with the Config
// and repeats nothing of it.
func New(config Config) (*Client, error) {
	base, err := parseBase(config.BaseURL)
	switch {
	case err != nil:
		return nil, err
	case config.ClientID == "":
		return nil, errors.New("there is no client id")
	case config.ClientSecret == "":
		return nil, errors.New("there is no client secret")
	}
	watch.AddSecret(config.ClientSecret)
	if len(config.ClientID) >= idLeast {
		watch.AddSecret(config.ClientID)
	}
	c := &Client{
		base: strings.TrimRight(base.String(), "/"), real: config.Real,
		id: hide(config.ClientID), secret: hide(config.ClientSecret),
		wall: config.Wall, agent: config.UserAgent, bodies: config.Bodies, dump: config.Dump,
		refuse: config.Refuse,
	}
	if c.wall == nil {
		c.wall = func() time.Time { return time.Now().Round(0) } // ages go on while the machine is suspended
	}
	if c.agent == "" {
		c.agent = "tillwatch"
	}
	c.http = &http.Client{Transport: transport(config.Refuse)}
	if config.HTTP != nil {
		given := *config.HTTP
		c.http = &given
	}
	c.own = config.HTTP == nil
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	life, end := context.WithCancel(context.Background())
	c.end = end
	c.tokens = &tokens{fetch: func() (bearer, *watch.Fault) { return c.obtain(life) }}
	return c, nil
}

// transport is Go's own, but for its two idle connections a host: with those, 5,000 polls
// opened 3,790 connections where a few dozen do.
func transport(refuse func(host string) error) *http.Transport {
	return &http.Transport{
		Proxy:                  loopback.Proxy,
		DialContext:            loopback.Refusing(refuse, loopback.Dialer(&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second})),
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    256,
		MaxConnsPerHost:        160, // more than the fleet has calls in the air, so none waits unsent
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxResponseHeaderBytes: headLimit,
		// One HTTP/2 connection carries every call; without a ping a dead one swallows
		// them all until the kernel gives up on it, a quarter of an hour later.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 5 * time.Second, PingTimeout: 5 * time.Second},
	}
}

// Redial gives up idle connections. After a call that got no answer, a suspend or a change
// of network they may all be dead without a word, and each would swallow a call for its
// whole time limit although a new one would be answered at once.
func (c *Client) Redial() { c.http.CloseIdleConnections() }

// doubtConnections is Redial after a call that got no answer. While other payments are answered it
// redials rarely, so that one payment that always hangs does not cost the others their connections
// each time.
func (c *Client) doubtConnections(start time.Time) {
	now := time.Now()
	last := c.doubted.Load()
	if c.Answered().After(start) && last != nil && now.Sub(*last) < redialEvery {
		return
	}
	if c.doubted.CompareAndSwap(last, &now) {
		c.Redial()
	}
}

// Close ends a token refresh under way and gives up idle connections of our own. Calls
// made later may still work; none is waited for.
func (c *Client) Close() {
	c.end()
	if c.own {
		c.http.CloseIdleConnections()
	}
}

// question is one call before it is asked.
type question struct {
	name   string // what it is counted as, e.g. "status/collection"
	method string
	path   string // begins with /v1, already escaped
	query  url.Values
	body   any // nil: none
}

// reply is one HTTP answer with the whole of its body.
type reply struct {
	code   int
	header http.Header
	body   []byte
	at     time.Time // monotonic, when its last byte was read
	took   time.Duration
}

func (r reply) ok() bool { return r.code >= 200 && r.code <= 299 }

// ask makes one call with the bearer token. After a 401 it makes one more exchange with the token
// that all callers refreshed together, if the budget allows it.
func (c *Client) ask(ctx context.Context, q question) (reply, *watch.Fault) {
	ctx, cancel := context.WithTimeoutCause(ctx, callLimit, errLimit)
	defer cancel()
	token, fault := c.tokens.get(ctx)
	if fault != nil {
		return reply{}, fault
	}
	r, fault := c.exchange(ctx, q, token)
	switch {
	case fault != nil:
		return r, fault
	case r.code != http.StatusUnauthorized:
		c.tokens.vouch(token)
		return r, nil
	}
	token, fault = c.tokens.replace(ctx, token)
	switch {
	case fault != nil:
		return reply{}, fault
	case token.text.reveal == nil: // a refresh moments ago did not help
		return r, nil
	}
	if watch.Turn(ctx) != nil {
		return reply{}, gaveUp(ctx)
	}
	return c.exchange(ctx, q, token)
}

// exchange sends one request and reads the whole answer; ctx bounds it. An empty token
// sends none.
func (c *Client) exchange(ctx context.Context, q question, token bearer) (reply, *watch.Fault) {
	if c.dump == nil {
		return c.carry(ctx, q, token)
	}
	at, start := c.wall(), time.Now()
	r, fault := c.carry(ctx, q, token)
	asked, _ := c.request(ctx, q, token)
	c.dump(c.telling(asked, q, at, time.Since(start), r, fault))
	return r, fault
}

// carry is exchange itself.
func (c *Client) carry(ctx context.Context, q question, token bearer) (reply, *watch.Fault) {
	var sent atomic.Int64 // since start, when a connection was had: waiting for one is not Dollr's time
	start := time.Now()
	call, tries := ctx, 0
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// net/http repeats a request by itself when a reused connection turns out to be dead. Each
		// time it asks for another connection, and waits here for its turn.
		GetConn: func(string) {
			if tries++; tries > 1 {
				_ = watch.Turn(call)
			}
		},
		GotConn: func(httptrace.GotConnInfo) { sent.Store(int64(time.Since(start))) },
	})
	req, err := c.request(ctx, q, token)
	if err != nil {
		return reply{}, &watch.Fault{Kind: watch.FaultRejected, Text: "this program cannot put the question"}
	}
	if c.refuse != nil {
		if err := c.refuse(req.URL.Hostname()); err != nil {
			return reply{}, &watch.Fault{Kind: watch.FaultRejected, Text: err.Error()}
		}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.tally.missed(q.name)
		if errors.Is(context.Cause(ctx), errLimit) {
			c.doubtConnections(start)
		}
		return reply{}, c.offline(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < http.StatusOK { // 101: its body is a connection, which no deadline ends
		c.tally.missed(q.name)
		return reply{}, nonsense(resp.StatusCode, "it leaves HTTP")
	}
	begun := start.Add(time.Duration(sent.Load()))
	c.tally.heard(q.name, resp, time.Since(begun), c.wall())

	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyLimit+1))
	at := time.Now()
	switch {
	case err != nil:
		fault := c.offline(ctx, err)
		if ctx.Err() == nil || errors.Is(context.Cause(ctx), errLimit) {
			fault.Kind, fault.Text = watch.FaultDown, "Dollr's answer broke off: "+fault.Text
		}
		fault.Code = resp.StatusCode
		return reply{}, fault
	case len(body) > bodyLimit:
		return reply{}, nonsense(resp.StatusCode, "it is longer than 1 MiB")
	}
	return reply{resp.StatusCode, resp.Header, body, at, at.Sub(begun)}, nil
}

func (c *Client) request(ctx context.Context, q question, token bearer) (*http.Request, error) {
	address := c.base + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	var body io.Reader
	if q.body != nil {
		encoded, err := json.Marshal(q.body)
		if err != nil {
			return nil, fmt.Errorf("encoding the request: %w", err)
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token.text.reveal != nil {
		req.Header.Set("Authorization", "Bearer "+token.text.reveal())
	}
	return req, nil
}
