package dollr

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"tillwatch/watch"
)

// Exchange is one request and its answer for a developer's eyes: credentials hidden,
// payers' numbers masked, bodies as [watch.Redact] makes them.
type Exchange struct {
	At          time.Time // wall time at which it was asked
	Took        time.Duration
	Method, URL string
	Header      map[string]string // of the request, but for what the HTTP library adds
	Body        string            // of the request; empty: none
	Code        int               // 0: there was no answer
	Answered    map[string]string // headers of the answer that are of use
	Answer      string            // its body; empty also when it broke off
	Err         string            // why there is no whole answer, in one clean line
}

// useful are the headers of an answer that an Exchange has.
var useful = []string{
	"Cf-Ray", "Content-Type", "Date", "Retry-After", "Server", sandboxHeader, "Via", "Www-Authenticate", "X-Request-Id",
}

// ownCredential are the headers of a request that hold one.
var ownCredential = regexp.MustCompile(`(?i)^(authorization|api-?key|cookie)$`)

// telling is what [Config.Dump] is told of an exchange; r is the request, made once more.
func (c *Client) telling(r *http.Request, q question, at time.Time, took time.Duration, got reply, fault *watch.Fault) Exchange {
	e := Exchange{At: at, Took: took, Method: q.method, URL: c.base + q.path, Code: got.code}
	if len(q.query) > 0 {
		e.URL += "?" + c.maskedQuery(q.query)
	}
	e.URL = watch.WithoutSecrets(e.URL)
	if r != nil {
		e.Header = c.headers(r.Header)
	}
	if q.body != nil {
		if encoded, err := json.Marshal(q.body); err == nil {
			e.Body = watch.Redact(encoded)
		}
	}
	if answer, ok := c.parse(got.body); ok && tokenText(answer.raw("access_token")) {
		watch.AddToken(answer.raw("access_token")) // it may stand under another name too
	}
	if len(got.body) > 0 {
		e.Answer = watch.Redact(got.body)
	}
	if got.header != nil {
		answered := http.Header{}
		for _, name := range useful {
			if values := got.header.Values(name); len(values) > 0 {
				answered[http.CanonicalHeaderKey(name)] = values
			}
		}
		e.Answered = c.headers(answered)
	}
	if fault != nil {
		e.Code, e.Err = fault.Code, fault.Text
	}
	return e
}

// headers are headers fit to be shown.
func (c *Client) headers(all http.Header) map[string]string {
	shown := make(map[string]string, len(all))
	for name, values := range all {
		if shown[name] = c.tidy(strings.Join(values, ", "), messageMax); ownCredential.MatchString(name) {
			shown[name] = hidden
		}
	}
	return shown
}

// maskedQuery is a query in the order in which it is sent. Only what names a source may be
// a long number and stay whole.
func (c *Client) maskedQuery(query url.Values) string {
	shown := url.Values{}
	for name, values := range query {
		for _, value := range values {
			safe := watch.Safe
			if name == "source_id" {
				safe = watch.SafeExact
			}
			shown.Add(name, safe(value, messageMax))
		}
	}
	return shown.Encode()
}
