//go:build interop

package interop

import (
	"testing"

	"tillwatch/sandbox"
)

// The steps and their fields are those of Dollr's API pages; the channel's words are those
// that supabase-js says to Supabase Realtime v2.129.8.
func TestMerchant_GoesTheWholeWay(t *testing.T) {
	for phone, end := range map[string]struct{ execution, source string }{
		"231883456789": {"COMPLETED", "PAID"},
		"231883456039": {"FAILED", "ACTIVE"},
	} {
		t.Run(end.execution, func(t *testing.T) {
			t.Parallel()
			b := open(t, sandbox.Options{Seed: 1, Speed: 40})
			p := b.start(t, "merchant.mjs", map[string]any{"phone": phone})
			if got := p.expect("token 200").Answer["expires_in"]; got != 60.0 {
				t.Errorf("the bearer token lives %v, want 60 minutes", got)
			}
			if got := p.expect("checkout 200").Answer; got["source_type"] != "ORDER" || got["mode"] != "DIRECT" {
				t.Errorf("the checkout is %v", got)
			}
			p.expect("session 200")
			if got := p.expect("provider 200").Answer["payment_method"]; got != "MTN_MOMO_LBR" {
				t.Errorf("the number is %v's", got)
			}
			p.expect("account 200")
			if got := p.expect("key 200").Answer["expires_in"]; got != 300.0 {
				t.Errorf("the realtime key lives %v, want 300 seconds", got)
			}
			p.expect("SUBSCRIBED")
			p.expect("system ok: Subscribed to PostgreSQL")
			reference := p.hears(end.execution)
			status := p.expect("status 200").Answer
			if status["status"] != end.execution || status["reference_id"] != reference ||
				status["operation_type"] != "COLLECTION" || status["payer_amount"] != 1500.0 || status["payer_currency"] != "LRD" {
				t.Errorf("the status API says %v, the channel %s of %s", status, end.execution, reference)
			}
			if got := p.expect("source 200").Answer["status"]; got != end.source {
				t.Errorf("the source is %v, want %s", got, end.source)
			}
			p.expect("CLOSED")
			p.ended()
			if truth := b.Truth(); len(truth) != 1 || truth[0].Status != end.execution || truth[0].Reference != reference {
				t.Errorf("the truth is %+v", truth)
			}
		})
	}
}

// hears waits for the execution's answer and, in their order, the rows to the end; answer
// and rows come by two ways, so either may be first. It returns the reference.
func (p *program) hears(end string) (reference string) {
	p.t.Helper()
	rows := []string{"INSERT PENDING", "UPDATE PROCESSING", "UPDATE " + end}
	for executed := false; !executed || len(rows) > 0; {
		n, ok := p.next()
		switch {
		case ok && n.String() == "execution 200" && !executed:
			executed = true
			if n.Answer["status"] != "PENDING" {
				p.t.Errorf("the execution answers %v", n.Answer)
			}
		case ok && len(rows) > 0 && n.String() == rows[0]:
			rows, reference = rows[1:], n.Reference
			if n.Row["reference_id"] != reference {
				p.t.Errorf("a row of another payment came: %v", n.Row)
			}
		default:
			p.t.Fatalf("the program says %q %v, want %q", n, n.Answer, rows)
		}
	}
	return reference
}
