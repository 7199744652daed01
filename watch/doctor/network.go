package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/loopback"
)

// network knocks at both hosts, which needs no credentials.
func (r *run) network(ctx context.Context) {
	r.group("NETWORK")
	if r.BaseURL == "" {
		r.notTried("dollr", "there is no usable dollr_base_url")
	} else {
		r.seen = knock(ctx, r.BaseURL, nil)
		r.reached = r.seen.spoke
		r.tell("dollr", r.seen, "dollr_base_url")
	}
	if r.Realtime.URL != "" { // without one CHANNEL says so
		r.tell("supabase", knock(ctx, r.Realtime.URL, nil), "supabase_url")
	}
}

// visit is what came of knocking at a host.
type visit struct {
	host    string
	proxy   string // the host of the proxy that was used; empty: none
	steps   []string
	spoke   bool // a connection stood, with TLS if it has to have it
	code    int  // of the answer; 0: none
	skew    time.Duration
	dated   bool // skew is known
	err     error
	stopped string // where it was when it ended
}

// knock asks a host for nothing in particular. Any HTTP answer is a good one: it shows that
// name, connection and TLS work. The TLS settings are nil but in tests.
func knock(ctx context.Context, base string, settings *tls.Config) visit {
	ctx, cancel := each(ctx)
	defer cancel()
	v := visit{host: host(base), stopped: "looking up its name"}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, base, nil)
	if err != nil {
		v.err = errors.New("the address cannot be used")
		return v
	}
	req.Header.Set("User-Agent", "tillwatch")
	if proxy, err := loopback.Proxy(req); err == nil && proxy != nil {
		v.proxy = watch.SafeExact(proxy.Host, 120) // never its user and password
	}
	transport := &http.Transport{
		Proxy: loopback.Proxy, DialContext: loopback.Dialer(&net.Dialer{}),
		TLSClientConfig: settings, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10,
	}
	defer transport.CloseIdleConnections()

	var mu sync.Mutex // a second address may be tried at the same time as the first
	last := time.Now()
	step := func(name, next string, err error) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); err == nil {
			v.steps = append(v.steps, name+" "+took(now.Sub(last)))
			v.stopped, last = next, now
		}
	}
	secure := strings.HasPrefix(base, "https:")
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSDone: func(i httptrace.DNSDoneInfo) { step("name", "connecting", i.Err) },
		ConnectStart: func(string, string) {
			mu.Lock()
			defer mu.Unlock()
			v.stopped = "connecting"
		},
		ConnectDone: func(_, _ string, err error) {
			step("connection", map[bool]string{true: "agreeing on TLS", false: "waiting for an answer"}[secure], err)
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) { step("TLS", "waiting for an answer", err) },
		GotConn: func(httptrace.GotConnInfo) {
			mu.Lock()
			defer mu.Unlock()
			v.spoke = true
		},
	})
	asked := time.Now()
	resp, err := transport.RoundTrip(req.WithContext(ctx))
	at := time.Now()
	step("answer", "", err)
	mu.Lock() // a dial that lost its race may still be about
	defer mu.Unlock()
	if v.err = err; err != nil {
		return v
	}
	_ = resp.Body.Close()
	v.code = resp.StatusCode
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		// Date is cut to the second: on average the server's clock is half of one further.
		v.skew, v.dated = date.Add(500*time.Millisecond).Sub(at.Add(-at.Sub(asked)/2)), true
	}
	return v
}

// tell is the line about a host; setting is where its address stands.
func (r *run) tell(name string, v visit, setting string) {
	through := ""
	if v.proxy != "" {
		through = ", through the proxy " + v.proxy
	}
	steps := strings.Join(v.steps, ", ")
	switch {
	case v.err != nil:
		text, do := why(v, setting)
		r.line(Bad, name, v.host+through+": "+text, do)
	case v.code >= 300 && v.code <= 399:
		r.line(Unknown, name, fmt.Sprintf("%s sends elsewhere (%d)%s, and no redirect is followed", v.host, v.code, through),
			"check the address in "+setting)
	case v.code >= 500:
		r.line(Unknown, name, fmt.Sprintf("%s is reached and in trouble (%d)%s: %s", v.host, v.code, through, steps),
			"wait and try again; if it lasts, tell those who run it")
	default:
		r.line(Good, name, v.host+" answers"+through+": "+steps)
	}
}

const (
	checkInternet = "check this machine's internet: does a web page open?"
	checkProxy    = "check the variables HTTPS_PROXY and NO_PROXY"
	somebody      = "a firewall, a virus scanner or the login page of a Wi-Fi may be in between: ask who runs the network"
)

// why says why a host could not be reached, and what to do.
func why(v visit, setting string) (text, do string) {
	var (
		op      *net.OpError
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		other   x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		slow    net.Error
		err     = v.err
	)
	timedOut := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout()
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "the proxy cannot be reached", checkProxy
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no such name", "check its spelling in " + setting + "; if that is right, " + checkInternet
	case errors.As(err, &dns):
		return "its name cannot be looked up", checkInternet
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection is refused: nothing listens there", "check host and port in " + setting
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "there is no way to its network", checkInternet
	case errors.As(err, &unknown):
		return "TLS: nobody whom this machine trusts has signed its certificate", somebody
	case errors.As(err, &other):
		return "TLS: its certificate is for another host" + namesOf(other.Certificate),
			"check the host in " + setting + "; " + somebody
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "TLS: its certificate " + validity(invalid.Cert, time.Now()),
			"is this machine's clock right? It says " + time.Now().Format("2 Jan 2006 15:04") + ". If so, tell those who run the host"
	case errors.As(err, &invalid):
		return "TLS: its certificate is not valid", somebody
	case errors.As(err, &record):
		return "TLS: it does not speak it", "check the port in " + setting
	case errors.As(err, &alert):
		return "TLS: it refuses the connection", somebody
	case timedOut && v.spoke:
		return "connected, but no answer in 10 s", "wait and try again; if it lasts, tell those who run it"
	case timedOut:
		return "no answer in 10 s while " + v.stopped, checkInternet + " Else " + somebody
	case errors.Is(err, context.Canceled):
		return "given up", "try again"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection broke while " + v.stopped, somebody
	case v.proxy != "":
		return "the proxy says: " + plain(err), checkProxy
	}
	return "the connection failed: " + plain(err), checkInternet
}

// plain is an error in clean words, without the address.
func plain(err error) string {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	return outside(err.Error())
}

// namesOf lists whom a certificate is for, as far as that fits.
func namesOf(c *x509.Certificate) string {
	if c == nil || len(c.DNSNames) == 0 {
		return ""
	}
	return " (" + watch.SafeExact(strings.Join(c.DNSNames, ", "), 80) + ")"
}

// validity says when a certificate is or was good.
func validity(c *x509.Certificate, now time.Time) string {
	switch {
	case c == nil:
		return "has ended, or is not valid yet"
	case now.Before(c.NotBefore):
		return "is valid only from " + c.NotBefore.Format("2 Jan 2006")
	}
	return "has ended on " + c.NotAfter.Format("2 Jan 2006")
}
