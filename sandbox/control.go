package sandbox

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"tillwatch/sandbox/supabase"
)

// maxCount bounds the payments of one control call.
const maxCount = 100_000

// control serves /sandbox/…, for the client that directs the play. A web page must not be able to
// call it: pages always say their Origin, and cannot send JSON without asking first.
func (s *Server) control(c *call) {
	serve, method := map[string]func(*call){
		"/sandbox/payments": s.controlPayments,
		"/sandbox/decide":   s.controlDecide,
		"/sandbox/faults":   s.controlFaults,
		"/sandbox/state":    s.controlState,
		"/sandbox/truth":    s.controlTruth,
	}[c.r.URL.Path], http.MethodPost
	if c.r.URL.Path == "/sandbox/state" || c.r.URL.Path == "/sandbox/truth" {
		method = http.MethodGet
	}
	// The order matters: a web page hears that it is one before anything else.
	switch kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); {
	case fromPage(c.r):
		c.say(http.StatusForbidden, "web pages may not direct the sandbox")
	case serve == nil:
		c.say(http.StatusNotFound, "there is no such control")
	case !c.methodIs(method):
	case method == http.MethodPost && kind != "application/json":
		c.say(http.StatusForbidden, "control calls need Content-Type: application/json")
	default:
		serve(c)
	}
}

// paymentsBody is the order of payments over HTTP: an Order, and how many.
type paymentsBody struct {
	Scenario   word    `json:"scenario"`
	Link       word    `json:"link"`
	Count      *int    `json:"count"`
	Hosted     bool    `json:"hosted"`
	Rate       float64 `json:"rate"` // a second
	Amount     word    `json:"amount"`
	Charge     word    `json:"charge"`
	Currency   string  `json:"currency"`
	Method     string  `json:"method"`
	Phone      word    `json:"phone"`
	Label      string  `json:"label"`
	SourceType string  `json:"source_type"`
	After      float64 `json:"after_seconds"`
}

// decideBody is a presenter's decision over HTTP.
type decideBody struct {
	Reference string  `json:"reference_id"`
	Source    string  `json:"source"` // ORDER:101, when hosted
	Outcome   Outcome `json:"outcome"`
}

// faultsBody switches a fault over HTTP.
type faultsBody struct {
	Fault   Fault   `json:"fault"`
	On      *bool   `json:"on"`
	Seconds float64 `json:"seconds"`
}

// controlPayments starts payments and answers their intake lines, all at once or, with a
// rate, as they are made.
func (s *Server) controlPayments(c *call) {
	var o paymentsBody
	if !c.order(&o) {
		return
	}
	count := 1
	if o.Count != nil {
		count = *o.Count
	}
	switch {
	case count < 1 || count > maxCount:
		c.say(http.StatusBadRequest, "count must be from 1 to 100000")
		return
	case o.Rate < 0 || o.Rate > 10_000 || o.After < 0 || o.After > 86_400:
		c.say(http.StatusBadRequest, "rate must be from 0 to 10000 a second, after_seconds from 0 to 86400")
		return
	}
	order := Order{Scenario: string(o.Scenario), Link: string(o.Link), Hosted: o.Hosted, Amount: string(o.Amount),
		Charge: string(o.Charge), Currency: o.Currency, Method: o.Method, Phone: string(o.Phone), Label: o.Label,
		SourceType: o.SourceType, After: time.Duration(o.After * float64(time.Second))}
	s.stream(c, order, count, o.Rate)
}

// stream starts count payments of one order. All are alike, so the first alone can be
// refused.
func (s *Server) stream(c *call, order Order, count int, rate float64) {
	out := json.NewEncoder(c.w)
	started := time.Now()
	for i := range count {
		if rate > 0 && i > 0 {
			due := started.Add(time.Duration(float64(i) / rate * float64(time.Second)))
			if !s.sleepUntil(c, due) {
				return
			}
		}
		in, err := s.Start(order)
		if err != nil {
			// Once a line is out the status is 200 for good; the lines then stop short of count.
			if i == 0 {
				c.say(http.StatusBadRequest, err.Error())
			}
			return
		}
		if i == 0 {
			c.w.Header().Set("Content-Type", "application/x-ndjson")
		}
		if out.Encode(in) != nil {
			return // who asked has gone
		}
		// Without the flush net/http keeps lines back until some kilobytes have gathered.
		if rate > 0 && http.NewResponseController(c.w).Flush() != nil {
			return
		}
	}
}

// sleepUntil waits for a time; it is false when the caller or the sandbox ends first.
func (s *Server) sleepUntil(c *call, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.r.Context().Done():
	case <-s.done:
	}
	return false
}

// controlDecide is Decide over HTTP.
func (s *Server) controlDecide(c *call) {
	var o decideBody
	if !c.order(&o) {
		return
	}
	orDefault(&o.Reference, o.Source)
	switch err := s.Decide(o.Reference, o.Outcome); {
	case errors.Is(err, errNoPayment):
		c.say(http.StatusNotFound, err.Error())
	case errors.Is(err, errOutcome):
		c.say(http.StatusBadRequest, err.Error())
	case err != nil:
		c.say(http.StatusConflict, err.Error())
	default:
		c.line(http.StatusOK, map[string]string{"decided": string(o.Outcome)})
	}
}

// controlFaults is Set and SetFor over HTTP.
func (s *Server) controlFaults(c *call) {
	var o faultsBody
	if !c.order(&o) {
		return
	}
	on := o.On == nil || *o.On
	var err error
	switch {
	case o.Seconds < 0 || o.Seconds > 86_400 || o.Seconds > 0 && !on:
		err = errors.New("seconds must be from 0 to 86400, and only with on")
	case o.Seconds > 0:
		err = s.SetFor(o.Fault, time.Duration(o.Seconds*float64(time.Second)))
	default:
		err = s.Set(o.Fault, on)
	}
	if err != nil {
		c.say(http.StatusBadRequest, err.Error())
		return
	}
	c.line(http.StatusOK, map[string]any{"faults": s.faults.list()})
}

// State is the sandbox in numbers.
type State struct {
	Seed       uint64         `json:"seed"`
	Speed      float64        `json:"speed"`
	Limits     string         `json:"limits"`
	Uptime     float64        `json:"uptime_seconds"`
	Payments   int            `json:"payments"`
	Running    int            `json:"running"` // without a last word yet
	Statuses   map[string]int `json:"statuses"`
	Faults     []Fault        `json:"faults"`
	Calls      int64          `json:"calls"` // of /v1, whatever became of them
	Reads      int64          `json:"reads"` // of these, questions for a status
	Keys       int64          `json:"keys"`  // and for a realtime key
	Goroutines int            `json:"goroutines"`
	Realtime   supabase.Stats `json:"realtime"`
}

// State counts up all payments; it may be called as often as a screen is drawn.
func (s *Server) State() State {
	st := State{
		Seed: s.opt.Seed, Limits: s.opt.Limits, Uptime: time.Since(s.born).Seconds(),
		Statuses: map[string]int{}, Faults: s.faults.list(),
		Calls: s.calls.Load(), Reads: s.reads.Load(), Keys: s.keys.Load(),
		Goroutines: runtime.NumGoroutine(), Realtime: s.rt.Stats(),
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	st.Speed, st.Payments = s.speed, len(s.inOrder)
	for _, p := range s.inOrder {
		word := p.status
		if !p.landed {
			word = "not executed"
		}
		st.Statuses[word]++
		if !p.ended() {
			st.Running++
		}
	}
	return st
}

func (s *Server) controlState(c *call) { c.line(http.StatusOK, s.State()) }

// controlTruth answers a line a payment: of all, or of those that have news since since_ns.
func (s *Server) controlTruth(c *call) {
	since, text := int64(0), c.r.URL.Query().Get("since_ns")
	if text != "" {
		var err error
		if since, err = strconv.ParseInt(text, 10, 64); err != nil || since < 0 {
			c.say(http.StatusBadRequest, "since_ns must be a whole number of nanoseconds, as a line of the truth has it")
			return
		}
	}
	c.w.Header().Set("Content-Type", "application/x-ndjson")
	out := json.NewEncoder(c.w)
	for _, t := range s.TruthSince(time.Duration(since)) {
		if out.Encode(t) != nil {
			return // who asked has gone
		}
	}
}
