package sandbox

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// route is one path of Dollr's API.
type route struct {
	method string
	path   string // ends in a slash when a last part follows
	open   bool   // needs no bearer token
	status bool   // asks for a status
	serve  func(*call)
}

var routes = []route{
	{"POST", "/v1/jwt/client/obtain/token", true, false, obtainToken},
	{"POST", "/v1/realtime-keys/collection", false, false, collectionKey},
	{"GET", "/v1/status/collection/", false, true, collectionStatus},
	{"GET", "/v1/status/source", false, true, sourceStatus},
	{"POST", "/v1/checkouts/create", false, false, createCheckout},
	{"POST", "/v1/sessions/checkout", false, false, createSession},
	{"GET", "/v1/predictions/mmo-provider-info", false, false, predict},
	{"POST", "/v1/payment-accounts/create", false, false, createAccount},
	{"POST", "/v1/executions/collection", false, false, executeCollection},
}

// serve is the way of every request: first who asks, then the faults of the whole
// sandbox, then the part of it that the path names.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(Header, "1")
	if s.faults.on(ClockAhead) {
		w.Header().Set("Date", s.wall().UTC().Format(http.TimeFormat))
	}
	c := &call{s: s, w: w, r: r}
	switch {
	case !loopbackHost(r.Host):
		c.fail(http.StatusForbidden, "This sandbox answers to loopback host names only")
	case strings.HasPrefix(r.URL.Path, "/sandbox/"): // before the faults, which it must be able to end
		s.control(c)
	case strings.HasPrefix(r.URL.Path, "/realtime/v1/"):
		// Upgrades are checked and refused there, in Supabase's own words.
		s.unreachable(c)
		s.rt.ServeHTTP(w, r)
	default:
		s.count(c.r.URL.Path)
		s.unreachable(c)
		s.api(c)
	}
}

// count counts a call as it comes, whatever becomes of it.
func (s *Server) count(path string) {
	s.calls.Add(1)
	switch {
	case strings.HasPrefix(path, "/v1/status/"):
		s.reads.Add(1)
	case strings.HasPrefix(path, "/v1/realtime-keys/"):
		s.keys.Add(1)
	}
}

// api serves one call of /v1.
func (s *Server) api(c *call) {
	// net/http's own mux answers 404 and 405 in plain text, which Dollr never does.
	found, allowed := route{}, ""
	for _, rt := range routes {
		rest, fits := strings.CutPrefix(c.r.URL.Path, rt.path)
		switch {
		case !fits || (rest != "") != strings.HasSuffix(rt.path, "/") || strings.Contains(rest, "/"):
		case rt.method != c.r.Method:
			allowed = rt.method
		default:
			found, c.rest, c.status = rt, rest, rt.status
		}
	}
	switch {
	case found.serve == nil && allowed != "":
		c.w.Header().Set("Allow", allowed)
		c.fail(http.StatusMethodNotAllowed, "Method Not Allowed")
	case found.serve == nil:
		c.fail(http.StatusNotFound, "Not Found")
	case s.limiter != nil && !s.limiter.Allow():
		c.tooMany(max(time.Second, time.Duration(float64(time.Second)/s.opt.Rate)))
	case s.misbehaves(c):
	case found.open || c.admit():
		found.serve(c)
	}
}

// loopbackHost says whether a Host header names this machine. A page on the internet that
// has made its own name point at 127.0.0.1 still sends its own name here.
func loopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}

// fromPage says whether a web page asks. One that wants to read the answer says its Origin. An
// image, a form or a frame of one does not, when it only gets something, which is enough to
// start a profile: there the browser says that another site asks.
func fromPage(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return len(r.Header.Values("Origin")) > 0 || site == "cross-site" || site == "same-site"
}

// Local lets another handler be served on a listener of Listen, by the rules of the sandbox's own
// control calls: a host that is not this machine is refused, and so is a web page.
func Local(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !loopbackHost(r.Host):
			http.Error(w, "only loopback host names are served", http.StatusForbidden)
		case fromPage(r):
			http.Error(w, "web pages are not served", http.StatusForbidden)
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// methodIs answers 405 unless the call's method is one of those allowed.
func (c *call) methodIs(allowed ...string) bool {
	if slices.Contains(allowed, c.r.Method) {
		return true
	}
	c.w.Header().Set("Allow", strings.Join(allowed, ", "))
	c.say(http.StatusMethodNotAllowed, "use "+strings.Join(allowed, " or "))
	return false
}
