// Package wire joins the watching to Supabase Realtime: it knows that a payment's channel
// has a name and a table, which package realtime does not, and how a channel is spoken
// with, which package watch does not.
package wire

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/realtime"
)

// Table is where Dollr shows a payment's status, from its page on realtime keys. Its
// columns are not documented.
const Table = "checkout_payment_intent_public_status"

// schema is the schema that holds the table.
const schema = "public"

// Channel is the name of a payment's channel and what it listens to, as Dollr's page on
// realtime keys describes them: `payment-intent:{session}:{reference}`, all events of the
// table, filtered by the reference.
func Channel(p watch.Payment) (topic string, changes []realtime.Binding) {
	return "payment-intent:" + strconv.FormatInt(p.Session, 10) + ":" + p.Reference, []realtime.Binding{{
		Event: "*", Schema: schema, Table: Table, Filter: "reference_id=eq." + p.Reference,
	}}
}

// Listen opens the channels of payments on client.
func Listen(client *realtime.Client) watch.Listen {
	return func(p watch.Payment, line watch.Line) func() {
		topic, changes := Channel(p)
		channel := client.Open(realtime.Spec{
			Topic: topic, Changes: changes,
			Token: func(ctx context.Context) (realtime.Token, error) {
				key, err := line.Token(ctx)
				return realtime.Token{Text: key.Text, Expires: key.Expires}, err
			},
			Wanted: line.Wanted,
			Hear: func(n realtime.Notice) {
				if notice, ok := translate(n); ok {
					line.Hear(notice)
				}
			},
		})
		return channel.Close
	}
}

var kinds = map[realtime.Kind]watch.NoticeKind{
	realtime.Joining: watch.Joining,
	realtime.Joined:  watch.Joined,
	realtime.Ready:   watch.Ready,
	realtime.Changed: watch.Changed,
	realtime.Stalled: watch.Stalled,
	realtime.Resumed: watch.Resumed,
	realtime.Lost:    watch.Lost,
}

// translate leaves out what says nothing about a status: a row that was deleted.
func translate(n realtime.Notice) (watch.Notice, bool) {
	out := watch.Notice{Kind: kinds[n.Kind], Over: n.Over, Asked: n.Asked}
	if n.Err != nil {
		out.Why = n.Err.Error()
	}
	if n.Kind == realtime.Changed {
		out.Row = watch.Row{
			Columns: n.Change.Record, Errors: n.Change.Errors, Commit: n.Change.Commit, Unreadable: n.Change.Unreadable,
		}
		if !n.Change.Unreadable && (n.Change.Schema != schema || n.Change.Table != Table) {
			out.Row.Errors = []string{"it is of another table"}
		}
	}
	return out, n.Change.Type != "DELETE"
}

// Outlook adds to Health what the client knows of its sockets.
func Outlook(client *realtime.Client, wall func() time.Time) func(*watch.Health) {
	return func(h *watch.Health) {
		s := client.Status()
		h.Sockets, h.Channels, h.Ready, h.Joins = s.Sockets, s.Channels, s.Ready, s.Queued
		if !s.Trouble.Since.IsZero() {
			h.Trouble, h.Text = watch.ChannelDown, watch.Safe(s.Trouble.Text, 400)
			h.Since = wall().Add(-time.Since(s.Trouble.Since))
			h.Text += advice(s.Trouble)
		}
	}
}

// advice is what a person can do about a refused socket, as a part of its line.
func advice(t realtime.Trouble) string {
	switch {
	case t.Page && t.Status < http.StatusInternalServerError:
		return "; check SUPABASE_URL, and whether a proxy or a login page answers for it"
	case t.Status == http.StatusForbidden && strings.Contains(t.Text, "disabled"):
		return "" // for this tenant, which is Dollr's business
	case t.Status == http.StatusUnauthorized, t.Status == http.StatusForbidden:
		return "; check SUPABASE_ANON_KEY"
	case t.Status == http.StatusNotFound:
		return "; check SUPABASE_URL"
	}
	return ""
}
