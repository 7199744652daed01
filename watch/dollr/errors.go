package dollr

import (
	"context"
	"crypto/tls"
	"crypto/x509"
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

	"tillwatch/watch"
	"tillwatch/watch/loopback"
)

const (
	wordsMax     = 300       // characters of Dollr's own words in a fault
	longestPause = time.Hour // the longest Retry-After that is believed; the fleet's budget obeys less of it
)

// faultOf is the fault of an HTTP answer that is no success, by its code (Dollr's API
// page, Errors).
func (c *Client) faultOf(r reply) *watch.Fault {
	f := &watch.Fault{Code: r.code}
	say := ""
	switch {
	case r.code >= 300 && r.code <= 399:
		return nonsense(r.code, "a redirect, which is never followed; is the base URL right?")
	case r.code == http.StatusUnauthorized:
		f.Kind, say = watch.FaultLogin, "Dollr refuses the credentials"
	case r.code == http.StatusForbidden:
		f.Kind, say = watch.FaultGated, "Dollr does not allow this"
	case r.code == http.StatusNotFound:
		f.Kind, say = watch.FaultRejected, "Dollr does not know it"
	case r.code == http.StatusTooManyRequests:
		f.Kind, say = watch.FaultThrottled, "Dollr asks us to slow down"
		f.RetryAfter = retryAfter(r.header, c.wall())
		if f.RetryAfter > 0 {
			say += fmt.Sprintf(" for %s", f.RetryAfter.Round(time.Second))
		}
	case r.code == http.StatusRequestTimeout, r.code >= 500 && r.code <= 599:
		f.Kind, say = watch.FaultDown, "Dollr's API is in trouble"
	case r.code >= 400 && r.code <= 499:
		f.Kind, say = watch.FaultRejected, "Dollr refuses the request"
	default:
		return nonsense(r.code, "not a code that HTTP knows")
	}
	f.Text = say + " (" + strconv.Itoa(r.code) + ")"
	if words := c.words(r.body); words != "" {
		f.Text += ": " + words
	}
	return f
}

// nonsense is the fault of an answer that cannot be one of Dollr's.
func nonsense(code int, why string) *watch.Fault {
	return &watch.Fault{
		Kind: watch.FaultDown, Code: code,
		Text: fmt.Sprintf("Dollr's answer makes no sense: %s (%d)", why, code),
	}
}

// unreadable returns the fault of a status that cannot be read in exactly one way.
func unreadable(code int, why string) *watch.Fault {
	f := nonsense(code, why)
	f.Unreadable = true
	return f
}

// within says in f what we were doing. It is called once a fault, by who knows the call.
func within(doing string, f *watch.Fault) *watch.Fault {
	if f != nil {
		f.Text = doing + ": " + f.Text
	}
	return f
}

// failed is a fault as an error, so that no nil *Fault becomes an error that is not nil.
func failed(doing string, f *watch.Fault) error {
	if f == nil {
		return nil
	}
	return within(doing, f)
}

// words is what Dollr says in an error's body, clean: detail as text, or as FastAPI's
// list of {loc, msg}, shown as "body.currency: field required".
func (c *Client) words(body []byte) string {
	answer, ok := c.parse(body)
	if !ok {
		return ""
	}
	var list []struct {
		Loc []jsontext.Value `json:"loc"`
		Msg jsontext.Value   `json:"msg"`
	}
	if json.Unmarshal(answer.fields["detail"], &list) == nil && len(list) > 0 {
		var parts []string
		for _, item := range list[:min(len(list), 8)] {
			var place []string
			for _, step := range item.Loc {
				place = append(place, plainText(step))
			}
			parts = append(parts, strings.TrimPrefix(strings.Join(place, ".")+": "+plainText(item.Msg), ": "))
		}
		return c.tidy(strings.Join(parts, "; "), wordsMax)
	}
	for _, key := range []string{"detail", "message", "error"} {
		if words := answer.word(key, wordsMax); words != "" {
			return words
		}
	}
	return ""
}

// retryAfter reads both forms of Retry-After (RFC 9110, section 10.2.3). A date is compared with
// the answer's own Date, because our clock may be wrong. The result is 0 when the header says
// nothing sensible, and an hour at most.
func retryAfter(header http.Header, wall time.Time) time.Duration {
	said := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(said, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		// A number out of range is parsed as the largest or smallest int64.
		return time.Duration(max(0, min(seconds, int64(longestPause/time.Second)))) * time.Second
	}
	until, err := http.ParseTime(said)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		wall = date
	}
	return max(0, min(until.Sub(wall), longestPause))
}

// gaveUp is the fault of a call whose ctx ended before anything was heard.
func gaveUp(ctx context.Context) *watch.Fault {
	text := "given up before Dollr answered"
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errLimit):
		text = "timed out after " + callLimit.String()
	case errors.Is(cause, context.DeadlineExceeded):
		text = "timed out"
	}
	return &watch.Fault{Kind: watch.FaultOffline, Text: text}
}

// offline is the fault of a call that got no HTTP answer, as a short class: the error
// itself would show the URL and, with it, what was asked.
func (c *Client) offline(ctx context.Context, err error) *watch.Fault {
	if ctx.Err() != nil {
		return gaveUp(ctx)
	}
	f := &watch.Fault{Kind: watch.FaultOffline}
	var (
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		timeout net.Error
		refused *loopback.Refused
	)
	switch {
	case errors.As(err, &refused):
		f.Kind, f.Text = watch.FaultRejected, refused.Error()
	case errors.As(err, &dns) && dns.IsNotFound:
		f.Text = "no such host"
	case errors.As(err, &dns):
		f.Text = "the host's name could not be looked up"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Text = "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		f.Text = "connection reset"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		f.Text = "network unreachable"
	case errors.As(err, &unknown):
		f.Text = "TLS: certificate signed by an unknown authority"
	case errors.As(err, &host):
		f.Text = "TLS: certificate is for another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.Text = "TLS: certificate has expired or is not valid yet; is this machine's clock right?"
	case errors.As(err, &invalid):
		f.Text = "TLS: certificate is not valid"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		f.Text = "TLS: the host does not speak it"
	case errors.As(err, &alert):
		f.Text = "TLS: the host refuses the connection"
	case errors.As(err, &timeout) && timeout.Timeout():
		f.Text = "timed out"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		f.Text = "connection closed before the answer was complete"
	case strings.Contains(err.Error(), "response headers exceeded"): // net/http has no value for these two
		f.Text = fmt.Sprintf("the answer's headers are longer than %d KiB", headLimit>>10)
	case strings.Contains(err.Error(), "malformed"):
		f.Text = "what answers does not speak HTTP"
	default:
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err // without the URL
		}
		f.Text = "connection failed: " + c.tidy(err.Error(), 120)
	}
	return f
}
