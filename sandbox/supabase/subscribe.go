package supabase

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// subscription is a row of the real server's subscription table: one binding of one
// channel to one table, with the claims it was made with.
type subscription struct {
	ch       *channel
	in       *table
	id       int
	event    string
	filters  []filter
	selected []string // columns, nil for all
	role     string
	claims   map[string]any
	since    uint64 // changes up to this one are lost to it
	home     *listeners
	at       int // its place there
}

// listeners are some subscriptions, in no order.
type listeners struct{ list []*subscription }

func (l *listeners) add(sub *subscription) {
	sub.home, sub.at = l, len(l.list)
	l.list = append(l.list, sub)
}

func (l *listeners) remove(sub *subscription) {
	last := l.list[len(l.list)-1]
	l.list[sub.at], last.at = last, sub.at
	l.list[len(l.list)-1] = nil
	l.list = l.list[:len(l.list)-1]
}

// listen puts a subscription where changes look for it: by the value of its first eq
// filter if it has one, so that ten thousand payments cost a change one look-up.
func (t *table) listen(sub *subscription) {
	for i := range sub.filters {
		f := &sub.filters[i]
		if f.op != "eq" || f.not {
			continue
		}
		values := t.exact[f.index]
		if values == nil {
			values = map[string]*listeners{}
			t.exact[f.index] = values
		}
		if values[f.values[0]] == nil {
			values[f.values[0]] = &listeners{}
		}
		values[f.values[0]].add(sub)
		return
	}
	t.rest.add(sub)
}

// forget takes it out again, and the value's list with it when it was the last.
func (t *table) forget(sub *subscription) {
	sub.home.remove(sub)
	if sub.home == &t.rest || len(sub.home.list) > 0 {
		return
	}
	for i := range sub.filters {
		f := &sub.filters[i]
		if f.op == "eq" && !f.not && t.exact[f.index][f.values[0]] == sub.home {
			delete(t.exact[f.index], f.values[0])
		}
	}
}

// unsubscribe takes the channel's subscriptions away.
func (ch *channel) unsubscribe() {
	for _, sub := range ch.subs {
		sub.in.forget(sub)
	}
	ch.subs = nil
}

// roles are those that Postgres knows on a Supabase project.
var roles = []string{"anon", "authenticated", "service_role", "postgres"}

const (
	unable   = "Unable to subscribe to changes with given parameters. "
	disabled = "Please check Realtime is enabled for the given connect parameters: "
	excepted = "An exception happened so please check your connect parameters: "
)

// subscribe makes the subscriptions of all bindings, with the claims of the token held
// now. One bad binding spoils all: then there are none, and ch.failed says why, in the
// words of the real server's "system error".
func (ch *channel) subscribe() {
	requests := make([]request, len(ch.bindings))
	for i, b := range ch.bindings {
		if requests[i], ch.failed = readRequest(b); ch.failed != "" {
			return
		}
	}
	var subs []*subscription
	for _, r := range requests {
		more, failed := ch.subscriptions(r)
		if ch.failed = failed; failed != "" {
			return
		}
		subs = append(subs, more...)
	}
	if ch.link.Silent {
		return
	}
	ch.subs = subs
	for _, sub := range subs {
		sub.in.listen(sub)
	}
}

// request is a binding that could be read.
type request struct {
	id            int
	event         string
	schema, table string // "*" is every table
	filters       []filter
	selected      []string
}

// readRequest reads a binding; the error is the real server's text, as far as recordings
// have it: of "No subscription params provided." they have only that beginning.
func readRequest(b binding) (request, string) {
	r := request{id: b.id, event: b.event(), schema: "public", table: "*"}
	schema, hasSchema := b.text("schema")
	table, hasTable := b.text("table")
	if !hasSchema && !hasTable {
		return r, "No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: " +
			inspect(toJSON(b.entry))
	}
	if hasSchema {
		r.schema = schema
	}
	if hasTable {
		r.table = table
	}
	if text, given := b.text("filter"); given {
		var failed string
		if r.filters, failed = parseFilters(text); failed != "" {
			return r, failed
		}
	}
	if raw, given := b.entry["select"]; given && json.Unmarshal(raw, &r.selected) != nil {
		return r, "Error parsing `select` params: expected a list of column name strings, e.g. select: [\"col1\", \"col2\"]"
	}
	return r, ""
}

// inspect is the request as the real server shows it in a refusal.
func (r request) inspect() string {
	filters := make([]string, len(r.filters))
	for i := range r.filters {
		filters[i] = r.filters[i].inspect()
	}
	selected := "nil"
	if r.selected != nil {
		selected = inspectTexts(r.selected...)
	}
	return fmt.Sprintf("[event: %s, schema: %s, table: %s, filters: [%s], select: %s]",
		r.event, r.schema, r.table, strings.Join(filters, ", "), selected)
}

// subscriptions fits a request to the tables it means: one, or all that are published.
func (ch *channel) subscriptions(r request) ([]*subscription, string) {
	s := ch.sk.srv
	var subs []*subscription
	for name, t := range s.tables {
		if !t.Published || r.schema != "public" || r.table != "*" && r.table != name {
			continue
		}
		sub := &subscription{ch: ch, in: t, id: r.id, event: r.event, filters: slices.Clone(r.filters),
			selected: r.selected, role: ch.pass.role, claims: ch.pass.claims}
		if ch.link.Cold {
			sub.since = s.seq
		}
		if fault := sub.prepare(); fault != "" {
			return nil, unable + excepted + r.inspect() + ". Exception: " + fault
		}
		subs = append(subs, sub)
	}
	if subs == nil {
		return nil, unable + disabled + r.inspect()
	}
	return subs, ""
}

// prepare checks what Postgres would; the error is Postgres's. (A column that cannot be
// selected is in no recording; its text is made after that of a filter.)
func (sub *subscription) prepare() string {
	if !slices.Contains(roles, sub.role) {
		return fmt.Sprintf("ERROR 42704 (undefined_object) role %q does not exist", sub.role)
	}
	for i := range sub.filters {
		if fault := sub.filters[i].prepare(sub.in); fault != "" {
			return fault
		}
	}
	for _, name := range sub.selected {
		if sub.in.column(name) < 0 {
			return "ERROR P0001 (raise_exception) invalid column for select " + name
		}
	}
	return ""
}

// wants tells whether the subscription gets a change, as rows and claims are now.
func (sub *subscription) wants(c *change) bool {
	if c.seq <= sub.since || sub.event != "*" && sub.event != c.kind {
		return false
	}
	t := sub.in
	if t.Key == "" { // an error row goes to all channels
		return true
	}
	for i := range sub.filters {
		if !sub.filters[i].matches(c.row) {
			return false
		}
	}
	if c.kind == "DELETE" || t.Visible == nil {
		return true
	}
	row, there := t.rows[c.key] // gone again: then no client may see what it was
	return there && (sub.role == "service_role" || t.Visible(sub.claims, row))
}
