package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// sourceKey names an invoice or an order.
type sourceKey struct {
	kind string
	id   int64
}

// source is what is paid for: an invoice or an order. Server.mu guards it.
type source struct {
	sourceKey
	number   string // as people read it
	mode     string
	status   string
	currency string
	total    string
	phone    string
	paidAt   time.Time
	hosted   *payment // the customer on the hosted page; nil when direct
}

// session is one attempt to pay a source. Server.mu guards it.
type session struct {
	id        int64
	source    *source
	created   time.Time
	expires   time.Time // by the monotonic clock
	payment   *payment  // what it was executed as
	shortKeys bool      // a presenter wants its keys to run out soon
}

// account is what a customer pays from.
type account struct {
	id      int64
	method  string
	number  string // a phone's digits, or a card's name
	country string
}

// kind is how the account pays.
func (a *account) kind() kind {
	if a.method == "CREDIT_CARD" {
		return card
	}
	return mobile
}

// makeSource makes an open invoice or order. The caller holds mu.
func (s *Server) makeSource(kind, mode, currency, total, phone string) *source {
	s.numbers.source++
	prefix := map[string]string{"INVOICE": "INV", "ORDER": "ORD"}[kind]
	src := &source{
		sourceKey: sourceKey{kind, s.numbers.source}, mode: mode, status: sourceIdle,
		number:   fmt.Sprintf("%s-%d-%05d", prefix, s.born.Year(), s.numbers.source),
		currency: currency, total: total, phone: phone,
	}
	s.sources[src.sourceKey] = src
	return src
}

// moveSource moves a source to a status. What is paid stays paid, whatever a later attempt
// or a changed mind of the operator says. The caller holds mu.
func (s *Server) moveSource(src *source, status string) {
	if src.status == sourcePaid {
		return
	}
	if src.status = status; status == sourcePaid {
		src.paidAt = s.wall()
	}
}

// makeSession opens a session under a number that gives it the link. The caller holds mu.
func (s *Server) makeSession(src *source, l *link) *session {
	now := time.Now()
	ses := &session{id: s.sessionNumber(l), source: src, created: now, expires: now.Add(s.opt.SessionLife)}
	s.sessions[ses.id] = ses
	if src.status == sourceIdle {
		src.status = sourceActive
	}
	return ses
}

// sessionNumber returns the next number for a link: the reserved ones while they last, then any
// other, with the link noted next to it. The caller holds mu.
func (s *Server) sessionNumber(l *link) int64 {
	if l != clean {
		if used := s.numbers.reserved[l.code]; used < (reservedMost-reservedLeast+1)/100 {
			s.numbers.reserved[l.code]++
			return reservedLeast + used*100 + l.code
		}
	}
	s.numbers.session++
	if s.numbers.session == reservedLeast {
		s.numbers.session = reservedMost + 1
	}
	if l != clean {
		s.linked.Store(s.numbers.session, l)
	}
	return s.numbers.session
}

// createCheckout serves POST /v1/checkouts/create.
func createCheckout(c *call) {
	f, ok := c.body()
	if !ok {
		return
	}
	mode := f.oneOf("mode", "HOSTED", "DIRECT")
	kind := f.oneOf("source_kind", "INVOICE", "ORDER")
	f.text("party_name")
	phone := f.text("party_phone")
	if phone != "" && !phones.MatchString(phone) {
		f.wrong("party_phone", "value is not a phone number in E.164 digits")
	}
	currency := f.text("currency")
	if currency != "" && !currencies.MatchString(currency) {
		f.wrong("currency", "value is not an ISO 4217 currency code")
	}
	if reference := f.optional("reference_id"); reference != "" && !isReference(reference) {
		f.wrong("reference_id", "value is not a valid UUID v4")
	}
	total := f.items(currency)
	for _, name := range []string{"party_email", "note", "due_date", "expires_at", "success_url", "cancel_url"} {
		f.optional(name)
	}
	if len(f.faults) > 0 {
		c.refuse(f.faults...)
		return
	}
	s := c.s
	s.mu.Lock()
	src := s.makeSource(kind, mode, currency, total, phone)
	if mode == "HOSTED" { // its customer comes by himself; a direct one is executed by the merchant
		r := s.drawing(drawLife, src.id)
		s.open(src, scenarioOf(phone, mobile, r))
	}
	answer := s.checkoutAnswer(src, f)
	s.mu.Unlock()
	c.reply(http.StatusOK, answer)
}

// checkoutAnswer is Dollr's answer to a checkout that was made. The caller holds mu.
func (s *Server) checkoutAnswer(src *source, f *fields) map[string]any {
	// The page's name cannot be resolved, so that no person types a card number into a page that
	// would answer there.
	token := fmt.Sprintf("co_%s_%d", src.kind, src.id)
	answer := map[string]any{
		"id": src.id, "mode": src.mode, "source_type": src.kind, "source_id": src.id,
		"source_number": src.number, "source_status": src.status, "party_id": src.id + 5000,
		"counterparty_id": 1, "currency": src.currency, "total_amount": json.Number(src.total),
		"reference_id": f.raw["reference_id"], "hosted_path_or_token": nil, "url": nil,
		"expires_at":  f.raw["expires_at"],
		"success_url": f.raw["success_url"], "cancel_url": f.raw["cancel_url"],
	}
	if src.mode == "HOSTED" {
		answer["hosted_path_or_token"], answer["url"] = token, "https://checkout.invalid/"+token
	}
	return answer
}

// items reads what is sold and adds it up, at the finest scale that was given.
func (f *fields) items(currency string) (total string) {
	var items []struct {
		Name     string          `json:"name"`
		Currency string          `json:"currency"`
		Amount   json.RawMessage `json:"amount"`
	}
	switch {
	case !f.given("items"):
		f.faults = append(f.faults, missing("body", "items"))
		return ""
	case json.Unmarshal(f.raw["items"], &items) != nil:
		f.faults = append(f.faults, wrongType("body", "items", "value is not a valid list", "list"))
		return ""
	case len(items) == 0:
		f.wrong("items", "ensure this value has at least 1 items")
		return ""
	}
	sum, scale := decimal.Zero, int32(0)
	for i, item := range items {
		at := func(field, msg, kind string) {
			f.faults = append(f.faults, invalid{[]string{"body", "items", strconv.Itoa(i), field}, msg, kind})
		}
		amount, ok := readMoney(item.Amount)
		switch {
		case len(item.Amount) == 0:
			at("amount", "field required", "value_error.missing")
		case !ok:
			at("amount", "value is not a valid amount above 0", "value_error")
		case item.Name == "":
			at("name", "field required", "value_error.missing")
		case item.Currency != currency:
			at("currency", "must be the checkout's currency", "value_error")
		}
		sum, scale = sum.Add(amount), max(scale, -amount.Exponent())
	}
	return sum.StringFixed(scale)
}

// createSession serves POST /v1/sessions/checkout.
func createSession(c *call) {
	f, ok := c.body()
	if !ok {
		return
	}
	key := sourceKey{f.oneOf("source_type", "INVOICE", "ORDER"), f.integer("source_id")}
	if len(f.faults) > 0 {
		c.refuse(f.faults...)
		return
	}
	s := c.s
	s.mu.Lock()
	src := s.sources[key]
	if src == nil {
		s.mu.Unlock()
		c.fail(http.StatusNotFound, "Source not found")
		return
	}
	ses := s.makeSession(src, s.usualLink(src))
	s.mu.Unlock()
	now := s.wall()
	c.reply(http.StatusOK, map[string]any{
		"id": ses.id, "source_id": src.id, "source_type": src.kind, "status": "ACTIVE",
		"payment_account_id": nil, "expires_at": stamp(now.Add(s.opt.SessionLife)),
		"created_at": stamp(now), "updated_at": stamp(now),
	})
}

// stamp is a time in Dollr's form.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
