package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// collectionStatus serves GET /v1/status/collection/{reference_id}, the only word that
// counts. The reference is found whatever the case of its letters.
func collectionStatus(c *call) {
	if !isReference(c.rest) {
		c.refuse(wrong("path", "reference_id", "value is not a valid UUID v4"))
		return
	}
	c.s.mu.RLock()
	p := c.s.payments[strings.ToLower(c.rest)]
	c.s.mu.RUnlock()
	if p != nil && c.about(p.session.id) {
		return
	}
	// The link's trouble came first and unlocked: it may take its time, or end the call.
	var answer *execution
	if p != nil {
		c.s.mu.RLock()
		if p.landed {
			answer = p.answer()
		}
		c.s.mu.RUnlock()
	}
	if answer == nil {
		c.fail(http.StatusNotFound, "Collection not found")
		return
	}
	c.reply(http.StatusOK, answer)
}

// sourceAnswer is Dollr's answer about an invoice or an order.
type sourceAnswer struct {
	ID       int64       `json:"source_id"`
	Kind     string      `json:"source_type"`
	Number   string      `json:"source_number"`
	Status   string      `json:"status"`
	Currency string      `json:"currency"`
	Total    json.Number `json:"total_amount"`
	PaidAt   *string     `json:"paid_at"`
}

// sourceStatus serves GET /v1/status/source.
func sourceStatus(c *call) {
	query := c.r.URL.Query()
	var faults []invalid
	kind := query.Get("source_type")
	switch kind {
	case "":
		faults = append(faults, missing("query", "source_type"))
	case "INVOICE", "ORDER":
	default:
		faults = append(faults, wrong("query", "source_type", "value is not one of the permitted ones: 'INVOICE', 'ORDER'"))
	}
	id, err := strconv.ParseInt(query.Get("source_id"), 10, 64)
	switch {
	case query.Get("source_id") == "":
		faults = append(faults, missing("query", "source_id"))
	case err != nil:
		faults = append(faults, wrongType("query", "source_id", "value is not a valid integer", "integer"))
	}
	if len(faults) > 0 {
		c.refuse(faults...)
		return
	}
	c.s.mu.RLock()
	src := c.s.sources[sourceKey{kind, id}]
	var answer sourceAnswer
	if src != nil {
		answer = sourceAnswer{src.id, src.kind, src.number, src.status, src.currency, json.Number(src.total), nil}
		if !src.paidAt.IsZero() {
			at := stamp(src.paidAt)
			answer.PaidAt = &at
		}
	}
	c.s.mu.RUnlock()
	if src == nil {
		c.fail(http.StatusNotFound, "Source not found")
		return
	}
	c.reply(http.StatusOK, answer)
}
