package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// isReference says whether text is a UUID v4 in its usual form.
func isReference(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && len(text) == 36 && id.Version() == 4
}

// executeCollection serves POST /v1/executions/collection. The reference is the
// idempotency key: asked again with the same one, it answers as a status question does.
func executeCollection(c *call) {
	f, ok := c.body()
	if !ok {
		return
	}
	sessionID := f.id("session_id")
	accountID := f.id("payment_account_id")
	currency := f.text("currency")
	reference := f.text("reference_id")
	if reference != "" && !isReference(reference) {
		f.wrong("reference_id", "value is not a valid UUID v4")
	}
	if len(f.faults) > 0 {
		c.refuse(f.faults...)
		return
	}
	if c.about(sessionID) {
		return
	}
	s := c.s
	s.mu.Lock()
	answer, refusal := s.executed(sessionID, accountID, currency, reference)
	s.mu.Unlock()
	s.flush()
	switch {
	case refusal == nil:
		c.reply(http.StatusOK, answer)
	case len(refusal.Loc) == 0:
		c.fail(http.StatusNotFound, refusal.Msg)
	default:
		c.refuse(*refusal)
	}
}

// id is a required id that this call wants as a string of digits.
func (f *fields) id(name string) int64 {
	text := f.text(name)
	if text == "" {
		return 0
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f.wrong(name, "value is not an id")
	}
	return id
}

// executed starts a payment, or finds the one that was started under its reference. A
// refusal without a place is a 404. The caller holds mu.
func (s *Server) executed(sessionID, accountID int64, currency, reference string) (*execution, *invalid) {
	no := func(field, msg string) *invalid { w := wrong("body", field, msg); return &w }
	ses, acc := s.sessions[sessionID], s.accounts[accountID]
	p := s.payments[strings.ToLower(reference)]
	switch {
	case ses == nil:
		return nil, &invalid{Msg: "Checkout session not found"}
	case p != nil && p.session != ses:
		return nil, no("reference_id", "reference_id belongs to another session")
	case p != nil && p.landed: // asked again: the answer was lost, or never read
		return p.answer(), nil
	case acc == nil:
		return nil, &invalid{Msg: "Payment account not found"}
	case ses.payment != nil && ses.payment != p:
		return nil, no("session_id", "session was already executed with another reference_id")
	case time.Now().After(ses.expires):
		return nil, no("session_id", "session has expired")
	case ses.source.status == sourcePaid:
		return nil, no("session_id", "the source is paid already")
	case currency != ses.source.currency:
		return nil, no("currency", "must be the source's currency")
	}
	if n, ok := networkOf(acc.method); ok && !n.takes(currency) {
		return nil, no("currency", acc.method+" does not pay in this currency")
	}
	// Everything is drawn by the session's number, so the order in which sessions are executed
	// changes no outcome.
	r := s.drawing(drawLife, ses.id)
	if p == nil {
		p = s.makePayment(ses, acc, scenarioOf(acc.number, acc.kind(), r), reference)
	}
	if p.scenario.ending == endLost { // taken, and never seen again
		p.status = pending
		return p.answer(), nil
	}
	s.begin(p, plan(p.scenario, p.link, r))
	return p.answer(), nil
}

// makePayment notes a payment that is yet to land. The caller holds mu.
func (s *Server) makePayment(ses *session, acc *account, sc *scenario, reference string) *payment {
	s.numbers.row++
	p := &payment{
		reference: reference, row: s.numbers.row, source: ses.source, session: ses, account: acc,
		scenario: sc, link: s.linkOf(ses.id), method: acc.method, charge: ses.source.total,
	}
	ses.payment = p
	s.payments[strings.ToLower(reference)] = p
	s.inOrder = append(s.inOrder, p)
	return p
}

// execution is Dollr's ExecutionResponse.
type execution struct {
	Reference      string      `json:"reference_id"`
	Status         string      `json:"status"`
	Operation      string      `json:"operation_type"`
	PayerAmount    json.Number `json:"payer_amount"`
	PayerCurrency  string      `json:"payer_currency"`
	PayeeAmount    json.Number `json:"payee_amount"`
	PayeeCurrency  string      `json:"payee_currency"`
	Provider       *string     `json:"provider_transaction_id"`
	GatewayMessage *string     `json:"gateway_message"`
	WalletMessage  *string     `json:"wallet_message"`
	RequiresAction *bool       `json:"requires_action,omitempty"`
	ClientSecret   string      `json:"client_secret,omitempty"` // there so that clients prove they drop it
}

// answer is what the API says about the payment now. The caller holds mu.
func (p *payment) answer() *execution {
	a := &execution{
		Reference: p.reference, Status: p.status, Operation: "COLLECTION",
		PayerAmount: json.Number(p.charge), PayerCurrency: p.source.currency,
		PayeeAmount: json.Number(payee(p.charge)), PayeeCurrency: p.source.currency,
	}
	// The operator's id is not known before the operator has taken the payment.
	if p.status != pending && p.status != "CREATED" {
		id := "MP" + strconv.FormatInt(7_000_000+p.row, 10)
		if p.account.kind() == card {
			id = "pi_" + strconv.FormatInt(7_000_000+p.row, 36)
		}
		a.Provider = &id
	}
	if p.reason != nil {
		a.GatewayMessage = &p.reason.gateway
		if p.reason.wallet != "" {
			a.WalletMessage = &p.reason.wallet
		}
	}
	if p.account.kind() == card {
		acts := p.waiting && p.status == processing
		a.RequiresAction = &acts
		a.ClientSecret = "pi_" + strconv.FormatInt(7_000_000+p.row, 36) + "_secret_sandbox"
	}
	return a
}
