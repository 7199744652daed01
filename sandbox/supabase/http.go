package supabase

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// refusedUpgradeAfter is how long the real server thinks before it refuses an upgrade.
const refusedUpgradeAfter = 2 * time.Second

// refusal is an answer to an upgrade that is none.
type refusal struct {
	status  int
	message string
	until   time.Time // of a refusal by Server.Refuse
}

// versions are the requirements "~> 1.0.0" and "~> 2.0.0" of the real server.
var versions = regexp.MustCompile(`^([12])\.0\.[0-9]+$`)

// ServeHTTP implements http.Handler. A request whose path ends in /websocket is upgraded,
// or refused with the real server's JSON and its 2 s; every other path is not found. It
// returns when the socket has ended.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	s.busy.Add(1)
	cuts := s.cuts
	s.mu.Unlock()
	defer s.busy.Done()

	if !s.thawed(r) {
		return
	}
	if s.away() {
		panic(http.ErrAbortHandler) // the connection ends without an answer
	}
	query := r.URL.Query()
	// A client that names no version speaks the old one; any other wrong one is refused at
	// once, without a body and before the key is looked at.
	version := versions.FindStringSubmatch("1.0.0")
	if query.Has("vsn") {
		version = versions.FindStringSubmatch(query.Get("vsn"))
	}
	switch {
	case !strings.HasSuffix(r.URL.Path, "/websocket"):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		answer(w, http.StatusNotFound, []byte("Not Found"))
		return
	case version == nil:
		answer(w, http.StatusForbidden, nil)
		return
	}
	// The headers "apikey" and "Authorization" are not read, only this one, and it wins.
	key := query.Get("apikey")
	if header := r.Header.Get("X-Api-Key"); header != "" {
		key = header
	}
	if no := s.refuses(key); no.status != 0 {
		if s.sleep(s.scaled(refusedUpgradeAfter), r.Context().Done()) && s.thawed(r) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			answer(w, no.status, toJSON(map[string]string{"error": no.message}))
		}
		return
	}
	under := &tap{ResponseWriter: w, gate: &s.gate}
	// Realtime checks no Origin and negotiates no compression.
	ws, err := websocket.Accept(under, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return // Accept has answered
	}
	s.serve(ws, under.wire, version[1] == "2", key, cuts)
}

// away reports whether the server is being restarted.
func (s *Server) away() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.down)
}

// refuses says why an upgrade with this key is refused; the status is 0 when it is not.
func (s *Server) refuses(key string) refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	no := refusal{}
	switch _, fault := s.check(key); {
	case time.Now().Before(s.refusal.until):
		no = s.refusal
	case key == "":
		no = refusal{status: http.StatusUnauthorized, message: "API key is missing"}
	case fault != nil:
		no = refusal{status: http.StatusUnauthorized, message: fault.upgrade}
	case s.opt.Limits.Users > 0 && s.users >= s.opt.Limits.Users:
		no = refusal{status: http.StatusTooManyRequests, message: "Too many connected users"}
	case s.joins.reached(time.Now(), s.opt.Limits.Joins):
		no = refusal{status: http.StatusTooManyRequests, message: "Too many joins per second"}
	default:
		return no
	}
	s.stats.Refused++
	return no
}

// thawed waits while the server is frozen. It is false when the server or the client has gone in
// the meantime.
func (s *Server) thawed(r *http.Request) bool { return s.thawedFor(r.Context().Done()) }

// thawedFor is thawed for a caller that gives up when other ends.
func (s *Server) thawedFor(other <-chan struct{}) bool {
	for frozen := s.gate.waiting(); frozen != nil; frozen = s.gate.waiting() {
		select {
		case <-frozen:
		case <-s.done:
			return false
		case <-other:
			return false
		}
	}
	return true
}

// sleep waits for d. It is false when the server ended first, or other did.
func (s *Server) sleep(d time.Duration, other <-chan struct{}) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.done:
		return false
	case <-other:
		return false
	}
}

// answer writes a response that is no upgrade, with the headers of the real one.
func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Cache-Control", "max-age=0, private, must-revalidate")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error means that the client has gone
}
