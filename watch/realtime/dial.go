package realtime

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tillwatch/watch"
	"tillwatch/watch/loopback"
)

// DialError is why a socket could not be opened. It never holds the URL, whose query
// has the API key.
type DialError struct {
	// Status is the HTTP status of the answer to the upgrade; 0 if there was no HTTP answer.
	Status int
	// Text says why in one clean line. It is the server's text, or says what else came.
	Text string
	// Page says that the answer did not come from a Realtime server: it is a web page, a redirect,
	// or a success that is no upgrade. Text then names the status.
	Page bool
}

// Error is one clean line.
func (e *DialError) Error() string {
	switch {
	case e.Status == 0:
		return "cannot reach the realtime server: " + e.Text
	case e.Page:
		return "the realtime server did not open a socket: " + e.Text
	}
	return fmt.Sprintf("the realtime server refused the connection: %d %s", e.Status, e.Text)
}

// dialer opens connections to one server.
type dialer struct {
	address string // with the key: never in an error
	bad     string // why there is no address
	host    string // without its port
	refuse  func(host string) error
	http    *http.Client
	own     bool // http is not shared with the caller
}

func newDialer(cfg Config) *dialer {
	watch.AddSecret(cfg.APIKey)
	d := &dialer{refuse: cfg.Refuse}
	d.address, d.host, d.bad = address(cfg.URL, cfg.APIKey)
	client := http.Client{}
	if cfg.HTTP != nil {
		client = *cfg.HTTP // ours to change
	} else {
		d.own = true
		client.Transport = transport(cfg.Refuse)
	}
	// A redirect could carry the key to another host. It counts as a refusal.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	d.http = &client
	return d
}

// transport is Go's own but for HTTP/2, which stays off: a WebSocket upgrade needs HTTP/1.1.
func transport(refuse func(host string) error) *http.Transport {
	return &http.Transport{
		Proxy:                  loopback.Proxy,
		DialContext:            loopback.Refusing(refuse, loopback.Dialer(&net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second})),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		MaxResponseHeaderBytes: headLimit,
	}
}

// close ends the connections that refused upgrades left idle.
func (d *dialer) close() {
	if d.own {
		d.http.CloseIdleConnections()
	}
}

// address makes the socket's URL, and its host without the port; bad says why there is none.
// The order of the query is the official client's.
func address(base, apiKey string) (whole, host, bad string) {
	u, err := url.Parse(base)
	if err != nil {
		return "", "", "the Supabase URL cannot be read"
	}
	switch u.Scheme {
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	case "ws", "wss":
	default:
		return "", "", "the Supabase URL must begin with https:// or http://"
	}
	if u.Host == "" {
		return "", "", "the Supabase URL has no host"
	}
	if err := loopback.ASCII(u); err != nil {
		return "", "", "the Supabase URL: " + err.Error()
	}
	path := strings.TrimRight(u.Path, "/")
	switch {
	case strings.HasSuffix(path, "/websocket"):
	case strings.HasSuffix(path, "/realtime/v1"):
		path += "/websocket"
	default:
		path += "/realtime/v1/websocket"
	}
	u.Path, u.RawPath, u.Fragment, u.User = path, "", "", nil
	u.RawQuery = "apikey=" + url.QueryEscape(apiKey) + "&vsn=2.0.0"
	return u.String(), u.Hostname(), ""
}

// dial opens one connection, in dialTimeout at most.
func (d *dialer) dial(ctx context.Context) (*websocket.Conn, *DialError) {
	if d.bad != "" {
		return nil, &DialError{Text: d.bad}
	}
	if d.refuse != nil {
		if err := d.refuse(d.host); err != nil {
			return nil, &DialError{Text: err.Error()}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	// The server negotiates no compression even when it is offered.
	conn, resp, err := websocket.Dial(ctx, d.address, &websocket.DialOptions{HTTPClient: d.http})
	switch {
	case err == nil:
		conn.SetReadLimit(frameLimit)
		return conn, nil
	case resp != nil && resp.StatusCode == http.StatusSwitchingProtocols:
		return nil, &DialError{Text: "its upgrade is no websocket's; is there a proxy in between?"}
	case resp != nil:
		return nil, refusal(resp)
	}
	return nil, &DialError{Text: failureText(err)}
}

// refusal says what came instead of an upgrade. A Realtime server refuses with {"error": "<text>"}.
// The text of any other page is not repeated.
func refusal(resp *http.Response) *DialError {
	e := &DialError{Status: resp.StatusCode}
	var data []byte
	if resp.Body != nil {
		data, _ = io.ReadAll(io.LimitReader(resp.Body, 1024))
	}
	var body struct {
		Error jsontext.Value `json:"error"`
	}
	words := http.StatusText(e.Status)
	if json.Unmarshal(data, &body) == nil && body.Error.Kind() == '"' {
		words = orElse(clean(textOf(body.Error)), words)
	}
	what := ""
	isHTML := strings.Contains(strings.ToLower(resp.Header.Get("Content-Type")), "html")
	switch class := e.Status / 100; {
	case bytes.HasPrefix(bytes.TrimSpace(data), []byte("<")), isHTML && class < 4:
		what = "a web page"
	case class == 3:
		what = "a redirect"
	case class != 4 && class != 5:
		what = "no websocket"
	case words == "":
		words = "without a reason"
	}
	if e.Page = what != ""; e.Page {
		words = fmt.Sprintf("%s, HTTP %d", what, e.Status)
	}
	e.Text = words
	return e
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// failureText names the kind of failure in our own words, since the library's contain
// the URL.
func failureText(err error) string {
	var dns *net.DNSError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var netErr net.Error
	var refused *loopback.Refused
	switch {
	case errors.As(err, &refused):
		return refused.Error()
	case errors.As(err, &dns):
		return "its name cannot be resolved"
	case errors.As(err, &host):
		return "its certificate is for another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired or is not valid yet; is this machine's clock right?"
	case errors.As(err, &cert):
		return "its certificate is not trusted"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak TLS"
	case strings.Contains(err.Error(), "response headers exceeded"): // net/http has no value for it
		return fmt.Sprintf("the headers of its answer are longer than %d KiB", headLimit>>10)
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "malformed MIME"): // no HTTP either
		return "its answer is no HTTP"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "no way to its network"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the connection broke"
	}
	return "the connection failed"
}
