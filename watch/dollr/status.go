package dollr

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tillwatch/watch"
)

// How many characters are kept of each kind of field.
const (
	wordMax    = 64
	idMax      = 128
	messageMax = 300
)

// longestKey is the longest life of a realtime key that is believed. Such keys are
// short-lived (Dollr's page on realtime keys); a longer one means that units were mixed up.
const longestKey = 24 * time.Hour

// Collection reads the status of the payment with this reference, once. A 404 and a 422
// are answers, with Dollr's words in Detail; anything else but a 200 is a [*watch.Fault].
func (c *Client) Collection(ctx context.Context, reference string) (watch.Answer, error) {
	const doing, path = "reading a payment's status", "/v1/status/collection"
	if reference == "" {
		return watch.Answer{}, failed(doing, &watch.Fault{Kind: watch.FaultRejected, Text: "there is no reference"})
	}
	r, fault := c.ask(ctx, question{
		name: "status/collection", method: http.MethodGet, path: path + "/" + url.PathEscape(reference),
	})
	if fault != nil {
		return watch.Answer{}, failed(doing, fault)
	}
	answer, fault := c.statusOf(r, path, execution)
	return answer, failed(doing, fault)
}

// Source reads the status of an invoice or order, once; answers and errors are as those
// of [Client.Collection].
func (c *Client) Source(ctx context.Context, sourceType string, id int64) (watch.Answer, error) {
	const doing, path = "reading a source's status", "/v1/status/source"
	r, fault := c.ask(ctx, question{
		name: "status/source", method: http.MethodGet, path: path,
		query: url.Values{"source_type": {sourceType}, "source_id": {strconv.FormatInt(id, 10)}},
	})
	if fault != nil {
		return watch.Answer{}, failed(doing, fault)
	}
	answer, fault := c.statusOf(r, path, source)
	return answer, failed(doing, fault)
}

// RealtimeKey asks for the short-lived key of one payment's channel, once. Its life counts from the
// answer's arrival, in the seconds that Dollr says. A key without a believable life is a fault,
// because it would be unknown when to renew it.
func (c *Client) RealtimeKey(ctx context.Context, session int64, sourceType, reference string) (watch.Key, error) {
	const doing = "getting a realtime key"
	r, fault := c.ask(ctx, question{
		name: "realtime-keys/collection", method: http.MethodPost, path: "/v1/realtime-keys/collection",
		body: struct {
			Session    int64  `json:"session_id"` // an integer here, text in executions
			SourceType string `json:"source_type"`
			Reference  string `json:"reference_id"`
		}{session, sourceType, reference},
	})
	if fault == nil && !r.ok() {
		fault = c.faultOf(r)
		if fault.Kind == watch.FaultLogin { // the credentials got a token, so only this key is refused
			fault.Kind, fault.Text = watch.FaultGated, strings.Replace(fault.Text, "Dollr refuses the credentials", "Dollr does not allow this", 1)
		}
	}
	if fault != nil {
		return watch.Key{}, failed(doing, fault)
	}
	answer, ok := c.parse(r.body)
	text := answer.text("access_token")
	if !ok || !tokenText(text) {
		return watch.Key{}, failed(doing, nonsense(r.code, "it has no usable access_token"))
	}
	watch.AddToken(text)
	life, ok := answer.duration("expires_in", time.Second, longestKey) // in seconds, unlike the bearer token's
	if !ok {
		return watch.Key{}, failed(doing, nonsense(r.code,
			fmt.Sprintf("the key's expires_in is %q", answer.word("expires_in", 20))))
	}
	return watch.Key{Text: text, Expires: r.at.Add(life)}, nil
}

// statusOf makes an Answer of a status call's reply; fill takes a 200's fields in.
func (c *Client) statusOf(r reply, path string, fill func(object, *watch.Answer)) (watch.Answer, *watch.Fault) {
	a := watch.Answer{At: c.wall(), Took: r.took, Code: r.code, Path: path, Stake: c.stakeOf(r)}
	if real, _ := Stake(c.base, c.real); real == watch.Real && a.Stake == watch.Sim {
		return watch.Answer{}, nonsense(r.code, "it comes from a sandbox; is TILLWATCH_MONEY=real right?")
	}
	if c.bodies {
		a.Body = watch.Redact(r.body)
	}
	switch {
	case (r.code == http.StatusNotFound || r.code == http.StatusUnprocessableEntity) && page(r):
		return watch.Answer{}, nonsense(r.code, "a web page; is the base URL right?")
	case r.code == http.StatusNotFound, r.code == http.StatusUnprocessableEntity:
		a.Detail = c.words(r.body)
		return a, nil
	case r.ok() && r.code != http.StatusOK:
		return watch.Answer{}, nonsense(r.code, "not a code for a status")
	case !r.ok():
		return watch.Answer{}, c.faultOf(r)
	}
	answer, ok := c.parse(r.body)
	if !ok {
		return watch.Answer{}, unreadable(r.code, "it is no JSON object with one reading")
	}
	// These fields decide what the answer means, so a value of another type is not guessed at.
	if odd := answer.mistyped("status", "reference_id", "operation_type", "source_type"); odd != "" {
		return watch.Answer{}, unreadable(r.code, "its "+odd+" is no text")
	}
	if a.Status = answer.exact("status", wordMax); a.Status == "" || a.Status == "?" {
		return watch.Answer{}, unreadable(r.code, "it has no status")
	}
	fill(answer, &a)
	return a, nil
}

// page reports whether a reply is HTML. A gateway's or a wrong host's 404 must not pass
// for Dollr's, which means that the payment has not landed yet.
func page(r reply) bool {
	return strings.HasPrefix(r.header.Get("Content-Type"), "text/html") ||
		bytes.HasPrefix(bytes.TrimSpace(r.body), []byte("<"))
}

// execution takes in the fields of an ExecutionResponse (Dollr's API page). It does not
// look at client_secret, and nothing else keeps the body.
func execution(from object, a *watch.Answer) {
	a.Reference = from.exact("reference_id", idMax)
	a.Operation = operation(from)
	a.Payer, a.Unread = from.money("payer_amount", "payer_currency")
	a.Payee, _ = from.money("payee_amount", "payee_currency")
	a.Transaction = from.exact("provider_transaction_id", idMax)
	a.Gateway = from.word("gateway_message", messageMax)
	a.Wallet = from.word("wallet_message", messageMax)
	a.RequiresAction = from.flag("requires_action")
}

// operation is the answer's operation_type, and "?" for an empty word, which is not an absent one.
func operation(from object) string {
	word := from.exact("operation_type", wordMax)
	if word == "" && from.has("operation_type") {
		return "?"
	}
	return word
}

// source takes in the fields of a source's status.
func source(from object, a *watch.Answer) {
	a.Operation = operation(from)
	a.SourceType = from.exact("source_type", wordMax)
	a.SourceID = from.id("source_id")
	a.Number = from.exact("source_number", idMax)
	a.Payer, a.Unread = from.money("total_amount", "currency")
}
