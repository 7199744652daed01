package supabase

import (
	"strings"
	"testing"
	"time"
)

func TestToken_OldClaimsChooseTheRowsUntilSystemOk(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.dial()
		c.topic = "realtime:all"
		all := map[string]any{"event": "*", "schema": "public", "table": paymentTable}
		c.push("1", c.topic, "phx_join", joinPayload(s.key(1, time.Hour), all))
		time.Sleep(time.Second)
		c.expect("ok", "system ok")
		c.push("1", c.topic, "access_token", map[string]string{"access_token": s.key(2, time.Hour)})
		s.Commit(insert(1, "PENDING"), insert(2, "PENDING"))
		time.Sleep(900 * time.Millisecond)
		c.expect("INSERT PENDING") // of payment 1
		time.Sleep(2200 * time.Millisecond)
		c.expect("system ok")
		s.Commit(update(1, "PROCESSING"), update(2, "COMPLETED"))
		time.Sleep(time.Second)
		c.expect("UPDATE COMPLETED")
	})
}

func TestToken_PushesThatChangeNothingAreIgnored(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.dial()
		token := s.key(1, time.Hour)
		c.join(reference(1), token)
		time.Sleep(time.Second)
		c.expect("ok", "system ok")
		for _, push := range []any{token, "sb_publishable_x", nil, 5} {
			c.push("1", c.topic, "access_token", map[string]any{"access_token": push})
		}
		time.Sleep(10 * time.Second)
		c.expect()
	})
}

func TestToken_ABadPushEndsAChannelWhoseTokenWasGood(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		other := New(Options{Secret: "another"})
		defer other.Close()
		for message, bad := range map[string]string{
			":signature_error":                            other.AnonKey(),
			"Token has expired 7 seconds ago":             s.key(1, -7*time.Second),
			"The token provided is not a valid JWT":       "x.y",
			"Fields `role` and `exp` are required in JWT": s.Mint("", map[string]any{"role": nil}, time.Hour),
		} {
			c := s.ready(1, time.Hour)
			c.push("1", c.topic, "access_token", map[string]any{"access_token": bad})
			c.expect("system error: "+message, "phx_close")
			c.heartbeat()
			c.expect("ok")
		}
	})
}

func TestToken_ALongOneExpiresToo(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, 12*time.Minute+3*time.Second)
		for range 73 {
			time.Sleep(10 * time.Second)
			c.heartbeat()
		}
		news := strings.Join(c.news(), ",")
		if !strings.HasSuffix(news, "system error: Token has expired 0 seconds ago,phx_close,ok") {
			t.Errorf("heard %s", news)
		}
		if n := strings.Count(news, "ok,"); n != 72 {
			t.Errorf("the channel ended after %d heartbeats, want 72", n)
		}
	})
}

func TestToken_ReadAsTheRealServerReadsIt(t *testing.T) {
	s := New(Options{Secret: secret})
	defer s.Close()
	good := s.Mint("authenticated", nil, time.Minute)
	for name, c := range map[string]struct{ token, join string }{
		"spaces are cut out":      {" " + good[:20] + "\n" + good[20:] + "\t", ""},
		"iat that is no number":   {s.Mint("anon", map[string]any{"iat": "now"}, time.Minute), "Unknown Error on Channel"},
		"a role that is a number": {s.Mint("", map[string]any{"role": 5}, time.Minute), faultFields.join},
		"exp that is a string":    {s.Mint("anon", map[string]any{"exp": "later"}, time.Minute), faultFields.join},
		"nbf in the future":       {s.Mint("anon", map[string]any{"nbf": time.Now().Unix() + 999}, time.Minute), ""},
		"two parts":               {"eyJhbGciOiJIUzI1NiJ9.e30", faultMalformed.join},
		"three parts of nothing":  {"a.b.c", faultMalformed.join},
		"claims that are a list":  {"eyJhbGciOiJIUzI1NiJ9.WzFd.c2ln", faultMalformed.join},
		"an unknown algorithm":    {"eyJhbGciOiJIUzk5OSJ9.e30.c2ln", faultSigner.join},
		"exp in microseconds":     {s.Mint("anon", map[string]any{"exp": time.Now().UnixMicro()}, 0), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, fault := s.check(c.token)
			if got := (faultOr(fault)); got != c.join {
				t.Errorf("judged %q, want %q", got, c.join)
			}
		})
	}
}

func faultOr(fault *tokenFault) string {
	if fault == nil {
		return ""
	}
	return fault.join
}

func TestToken_UserTokenBeatsAccessToken(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.dial()
		payload := joinPayload("garbage", map[string]any{"schema": "public", "table": paymentTable})
		payload["user_token"] = s.key(1, time.Hour)
		c.push("1", "realtime:x", "phx_join", payload)
		time.Sleep(time.Second)
		s.Commit(insert(1, "PENDING"))
		time.Sleep(time.Second)
		c.expect("ok", "system ok", "INSERT PENDING")
	})
}

func TestJoin_LegacyTopicHearsChangesByTheirType(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.dial()
		c.push("1", "realtime:public:"+paymentTable+":session_id=eq.55", "phx_join",
			map[string]any{"access_token": s.key(1, time.Hour)})
		time.Sleep(time.Second)
		s.Commit(insert(1, "PENDING"))
		time.Sleep(time.Second)
		c.expect("ok", "system ok", "INSERT")
		if last := c.got[len(c.got)-1].text; strings.Contains(last, `"ids"`) || !strings.Contains(last, `"INSERT",{"schema":"public"`) {
			t.Errorf("sent %s", last)
		}
	})
}

func TestJoin_OneFrameForAllBindingsOfAChannel(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.dial()
		base := map[string]any{"event": "*", "schema": "public", "table": paymentTable}
		filtered := map[string]any{"event": "INSERT", "schema": "public", "table": paymentTable, "filter": "reference_id=eq." + reference(1)}
		other := map[string]any{"event": "UPDATE", "schema": "public", "table": paymentTable}
		c.push("1", "realtime:x", "phx_join", joinPayload(s.key(1, time.Hour), base, filtered, other))
		time.Sleep(time.Second)
		s.Commit(insert(1, "PENDING"))
		time.Sleep(time.Second)
		c.expect("ok", "system ok", "INSERT PENDING")
		_, ids, _ := strings.Cut(c.got[len(c.got)-1].text, `"ids":[`)
		if strings.Count(ids, ",") != 1 {
			t.Errorf("ids of two bindings expected, not [%s", ids)
		}
	})
}

func TestJoin_SelectedColumnsAndTheKey(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.dial()
		c.push("1", "realtime:x", "phx_join", joinPayload(s.key(1, time.Hour),
			map[string]any{"schema": "public", "table": paymentTable, "select": []string{"status"}}))
		time.Sleep(time.Second)
		s.Commit(insert(1, "PENDING"))
		time.Sleep(time.Second)
		c.expect("ok", "system ok", "INSERT PENDING")
		if last := c.got[len(c.got)-1].text; !strings.Contains(last, `"record":{"id":1,"status":"PENDING"}`) {
			t.Errorf("sent %s", last)
		}
	})
}

func TestJoin_ConfigOfTheWrongTypesIsOnlyIgnored(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.dial()
		c.push("1", "realtime:x", "phx_join", map[string]any{"config": map[string]any{
			"broadcast": 5, "private": "no", "presence": map[string]any{"enabled": "true"}}})
		time.Sleep(time.Second)
		c.expect("ok", "presence_state")
	})
}

func TestJoin_RefusalsQuoteWhatTheyGotAsElixirDoes(t *testing.T) {
	for text, want := range map[string]string{
		"null": "nil", "[]": "[]", `"x"`: `"x"`, "12.50": "12.50", "[1, null]": "[1, nil]",
		`{"b":[true],"a":{}}`: `%{"a" => %{}, "b" => [true]}`,
	} {
		if got := inspect([]byte(text)); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
}

func TestBroadcast_GoesToTheOthersOfItsTopic(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		a, b, c := s.dial(), s.dial(), s.dial()
		for _, who := range []*client{a, b} {
			who.push("1", "realtime:room", "phx_join", map[string]any{"config": map[string]any{}})
		}
		c.push("1", "realtime:elsewhere", "phx_join", map[string]any{"config": map[string]any{}})
		time.Sleep(time.Second)
		a.push("1", "realtime:room", "broadcast", map[string]any{"type": "broadcast", "event": "e", "payload": 1})
		a.expect("ok")
		b.expect("ok", "broadcast")
		c.expect("ok")
	})
}

func TestRows_WhatARowIsAtThePollDecides(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.ready(1, time.Hour)
		s.Commit(insert(1, "PENDING"))
		s.Commit(Change{Table: paymentTable, Type: "DELETE", Old: Row{"id": 1}})
		time.Sleep(time.Second)
		c.expect() // not even the delete: the filter's column is not in its key
		s.Commit(insert(1, "PENDING"))
		moved := row(2, "PENDING")
		s.Commit(Change{Table: paymentTable, Type: "UPDATE", Row: moved, Old: Row{"id": 1}})
		time.Sleep(time.Second)
		c.expect() // the row has another key and another owner now
	})
}

func TestRows_TheServiceRoleSeesAll(t *testing.T) {
	tell(t, Options{}, func(s *story) {
		c := s.dial()
		c.push("1", "realtime:x", "phx_join", joinPayload(s.Mint("service_role", nil, time.Hour),
			map[string]any{"schema": "public", "table": paymentTable}))
		time.Sleep(time.Second)
		s.Commit(insert(1, "PENDING"), insert(2, "PENDING"))
		s.Commit(Change{Table: paymentTable, Type: "DELETE", Old: Row{"id": 7}})
		time.Sleep(time.Second)
		c.expect("ok", "system ok", "INSERT PENDING", "INSERT PENDING", "DELETE")
	})
}

func TestFilter_EveryOperator(t *testing.T) {
	tab := newTable(payments()[0])
	r := tab.encode(Row{"id": 12, "session_id": 55, "reference_id": reference(1), "status": "PENDING",
		"amount": row(1, "")["amount"], "currency": nil, "method": `a,b`}, true)
	for text, want := range map[string]bool{
		"session_id=eq.55": true, "session_id=eq.+055": true, "session_id=not.eq.55": false,
		"amount=eq.12.5": true, "amount=gt.9": true, "amount=lte.12.49": false, "amount=lt.1e3": true,
		"reference_id=eq." + strings.ToUpper(reference(1)): true,
		"status=neq.PAID": true, "status=in.(PAID,PENDING)": true, "status=not.in.(PAID)": true,
		"status=like.PEND%": true, "status=like.pend%": false, "status=ilike.pend_ng": true,
		"status=match.^P.*G$": true, "status=imatch.pending": true,
		"currency=is.null": true, "currency=not.is.null": false, "status=is.null": false,
		"currency=eq.USD": false, "currency=neq.USD": false, "currency=isdistinct.USD": true,
		`method=eq."a,b"`: true, `method=eq."a,b",session_id=eq.55`: true, "session_id=eq.55,status=eq.PAID": false,
		"updated_at=is.null": true,
	} {
		filters, failed := parseFilters(text)
		pass := failed == ""
		for i := range filters {
			if fault := filters[i].prepare(tab); fault != "" {
				t.Errorf("%s: %s", text, fault)
			}
			pass = pass && filters[i].matches(r)
		}
		if pass != want {
			t.Errorf("%s passes: %t (%s)", text, pass, failed)
		}
	}
}

func TestFilter_FaultsInPostgresWords(t *testing.T) {
	tab := newTable(payments()[0])
	for text, want := range map[string]string{
		"session_id=eq.x": `ERROR 22P02 (invalid_text_representation) invalid input syntax for type bigint: "x"`,
		"amount=gt.1/2":   `ERROR 22P02 (invalid_text_representation) invalid input syntax for type numeric: "1/2"`,
		"amount=ilike.1":  "ERROR P0001 (raise_exception) operator ilike requires a text-compatible column type, got numeric",
		"reference_id":    "Error parsing `filter` params: [\"reference_id\"]",
		"status=in.PAID":  "Error parsing `filter` params: [\"in\", \"PAID\"]",
		"status=eq":       "Error parsing `filter` params: [\"eq\"]",
		"status=match.(":  "ERROR 2201B (invalid_regular_expression) invalid regular expression: (",
		"session_id=eq." + strings.Repeat("7", 1001): `ERROR 22P02 (invalid_text_representation) invalid input syntax for type bigint: "` + strings.Repeat("7", 1001) + `"`,
		"status=match." + strings.Repeat("x", 4097):  "ERROR 2201B (invalid_regular_expression) invalid regular expression: " + strings.Repeat("x", 4097),
		"nosuchcol=eq.1": "ERROR P0001 (raise_exception) invalid column for filter nosuchcol",
	} {
		filters, failed := parseFilters(text)
		for i := range filters {
			failed = filters[i].prepare(tab)
		}
		if failed != want {
			t.Errorf("%s: %q, want %q", text, failed, want)
		}
	}
}

// FuzzDecode: whatever a client sends, the server drops it or answers with good JSON.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`[null,"1","phoenix","heartbeat",{}]`, `{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"}`,
		`[1,2,"a","b",null,6]`, `{"topic":1}`, `42`, ``, `{not json`} {
		f.Add([]byte(text), true)
		f.Add([]byte(text), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, v2 bool) {
		m, ok := decode(text, v2)
		if !ok {
			return
		}
		reply := m.reply(m.joinRef, "ok", empty{})
		out := reply.append(nil, v2)
		back, ok := decode(out, v2)
		if !ok || back.event != "phx_reply" || back.topic != strings.ToValidUTF8(m.topic, "\ufffd") || string(back.ref) != string(m.ref) {
			t.Errorf("%q was answered with %q", text, out)
		}
	})
}
