package supabase

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
)

// binding is one entry of a join's postgres_changes: what the client wants to hear.
type binding struct {
	id    int
	echo  json.RawMessage // the entry as it came, with its id
	entry map[string]json.RawMessage
}

// newBinding gives an entry its id. Like the real server's, the id is a hash of the entry:
// equal entries have equal ids on every channel and socket.
func newBinding(entry map[string]json.RawMessage) binding {
	hash := fnv.New32a()
	_, _ = hash.Write(toJSON(entry)) // keys are sorted; a hash never fails
	b := binding{id: int(hash.Sum32()&0x7ffffff) | 1, entry: entry}
	echo := maps.Clone(entry)
	echo["id"] = toJSON(b.id)
	b.echo = toJSON(echo)
	return b
}

// readBindings reads postgres_changes. What is no list is an empty one; an entry that is
// no object fails the join, and the reason says so in the real server's words.
func readBindings(raw json.RawMessage) ([]binding, string) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil, ""
	}
	bindings := make([]binding, 0, len(list))
	for _, item := range list {
		var entry map[string]json.RawMessage
		if json.Unmarshal(item, &entry) != nil || entry == nil {
			return nil, fmt.Sprintf("UnknownErrorOnChannel: expected a map, got:\n\n    %s\n", inspect(item))
		}
		bindings = append(bindings, newBinding(entry))
	}
	return bindings, ""
}

// legacyBinding reads a topic as schema:table:filter, the way of clients that join
// without a config.
func legacyBinding(topic string) binding {
	entry := map[string]json.RawMessage{}
	keys := []string{"schema", "table", "filter"}
	for i, part := range strings.SplitN(topic, ":", len(keys)) {
		entry[keys[i]] = toJSON(part)
	}
	return newBinding(entry)
}

// text is a key of the entry that is a string, and whether it is one.
func (b binding) text(key string) (string, bool) {
	var text *string
	if json.Unmarshal(b.entry[key], &text) != nil || text == nil {
		return "", false
	}
	return *text, true
}

// event is INSERT, UPDATE, DELETE, or * for everything else.
func (b binding) event() string {
	event, _ := b.text("event")
	event = strings.ToUpper(event)
	if slices.Contains([]string{"INSERT", "UPDATE", "DELETE"}, event) {
		return event
	}
	return "*"
}

// inspect writes JSON as Elixir's inspect does, for reasons that quote it.
func inspect(raw json.RawMessage) string {
	var list []json.RawMessage
	var object map[string]json.RawMessage
	switch text := strings.TrimSpace(string(raw)); {
	case text == "null" || text == "":
		return "nil"
	case text[0] == '[' && json.Unmarshal(raw, &list) == nil:
		parts := make([]string, len(list))
		for i, item := range list {
			parts[i] = inspect(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case text[0] == '{' && json.Unmarshal(raw, &object) == nil:
		parts := make([]string, 0, len(object))
		for _, key := range slices.Sorted(maps.Keys(object)) {
			parts = append(parts, string(toJSON(key))+" => "+inspect(object[key]))
		}
		return "%{" + strings.Join(parts, ", ") + "}"
	default: // numbers, booleans and strings look the same
		return text
	}
}

// inspectTexts is inspect of a list of strings.
func inspectTexts(texts ...string) string { return inspect(toJSON(texts)) }
