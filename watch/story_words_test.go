package watch_test

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tillwatch/sandbox"
	"tillwatch/watch"
	"tillwatch/watch/intake"
)

// do plays one step: the words of a story, and what they mean.
func (s *story) do(word string, args []string) {
	s.Helper()
	arg := func(i int) string {
		if i >= len(args) {
			s.Fatalf("%s: %s needs more words", s.where, word)
		}
		return args[i]
	}
	switch word {
	case "set": // before all else: how the parts are built
		s.set(options(args))

	// Payments.
	case "start": // a payment begins at Dollr; nobody has handed it over
		s.start(arg(0), options(args[1:]))
	case "hand": // it is handed over
		s.hand(arg(0))
	case "pay": // both
		s.start(arg(0), options(args[1:]))
		s.hand(arg(0))
	case "say": // the API and the table say this from now on
		s.say(arg(0), arg(1), arg(1))
	case "api": // the API alone
		s.say(arg(0), arg(1), "")
	case "row": // the table alone
		s.say(arg(0), "", arg(1))
	case "verify":
		s.fleet.Verify(s.id(arg(0)))

	// Troubles.
	case "fault": // one of the sandbox's: it happens, or is switched on or off
		if err := s.server.Set(sandbox.Fault(arg(0)), len(args) == 1 || arg(1) == "on"); err != nil {
			s.Fatalf("%s: %v", s.where, err)
		}
	case "clock":
		s.mu.Lock()
		s.skew += s.duration(arg(0))
		s.mu.Unlock()
		time.Sleep(time.Second) // somebody has to notice

	// What must be seen.
	case "want":
		s.want(arg(0), arg(1), arg(2))
	case "links":
		s.links(arg(0), args[1:])
	case "never":
		s.never(arg(0), arg(1))
	case "hints": // lost=1 late=0 …
		s.hints(options(args))
	default:
		s.check(word, arg)
	}
}

// check is the words that look at one value.
func (s *story) check(word string, arg func(int) string) {
	s.Helper()
	equal := func(got, want string) {
		s.Helper()
		if got != want {
			s.fail("%s is %q, want %q", word, got, want)
		}
	}
	yes := map[bool]string{true: "yes", false: "no"}
	switch word {
	case "reason":
		equal(reasons[s.last(arg(0)).Reason], arg(1))
	case "status":
		equal(s.last(arg(0)).Status, arg(1))
	case "trouble":
		equal(`"`+s.last(arg(0)).Trouble+`"`, arg(1))
	case "started":
		equal(yes[!s.last(arg(0)).NotStarted], arg(1))
	case "trusted":
		equal(yes[s.fleet.Health().Trusted], arg(0))
	case "health":
		word := strings.ReplaceAll(strings.TrimSuffix(s.fleet.Health().Trouble.String(), ", polling"), " ", "_")
		if word == "" {
			word = "fine"
		}
		equal(word, arg(0))
	case "reads":
		s.mu.Lock()
		n := s.reads[s.ids[arg(0)]]
		s.mu.Unlock()
		s.between(n, arg(1))
	case "keys":
		s.between(int(s.fleet.Health().Keys), arg(0))
	case "tokens": // asked for so far, with whatever success
		n := 0
		for _, c := range s.api.Counts() {
			if c.Call == "token" {
				n += int(c.Times)
			}
		}
		s.between(n, arg(0))
	case "rate": // tenths of a read a second that the budget allows
		s.between(int(math.Round(10*s.fleet.Health().StatusRate)), arg(0))
	case "sockets":
		s.between(s.client.Status().Sockets, arg(0))
	default:
		s.Fatalf("%s: no story has the word %q", s.where, word)
	}
}

// hints checks the program's counts of hints.
func (s *story) hints(want map[string]string) {
	s.Helper()
	h := s.fleet.Health().Hints
	counts := map[string]uint64{
		"lost": h.Lost, "late": h.Late, "wrong": h.Wrong, "duplicates": h.Duplicates, "dropped": h.Dropped,
	}
	for name, n := range want {
		if int(counts[name]) != s.number(n) {
			s.fail("%d hints were %s, want %s", counts[name], name, n)
		}
	}
}

var reasons = map[watch.Reason]string{
	watch.None: "none", watch.Contradicted: "contradicted", watch.Short: "short",
	watch.Unconfirmed: "unconfirmed", watch.Unanswered: "unanswered", watch.Overdue: "overdue",
	watch.NeverLanded: "never-landed", watch.Rejected: "rejected", watch.Broken: "broken",
	watch.AmountUnknown: "amount-unknown", watch.OtherCurrency: "other-currency", watch.NotAboveZero: "not-above-zero",
	watch.Unreadable: "unreadable",
}

func (s *story) set(o map[string]string) {
	s.Helper()
	windows := map[string]watch.Window{"key": watch.WindowKey, "strict": watch.WindowStrict, "until-final": watch.WindowUntilFinal}
	for key, value := range o {
		switch key {
		case "window":
			w, ok := windows[value]
			if !ok {
				s.Fatalf("%s: no window %q", s.where, value)
			}
			s.window = w
		case "key-life":
			s.options.KeyLife = s.duration(value)
		default:
			s.Fatalf("%s: nothing is set by %q", s.where, key)
		}
	}
}

// start has a payment begin at Dollr. Unless it is told otherwise, it stays in PROCESSING
// until the story says more.
func (s *story) start(name string, o map[string]string) {
	s.Helper()
	order := sandbox.Order{Scenario: "stuck", Currency: "LRD", Amount: "1500.00", Label: name}
	for key, value := range o {
		switch key {
		case "scenario":
			order.Scenario = value
		case "link":
			order.Link = value
		case "charge":
			order.Charge = value
		case "hosted":
			order.Hosted = true
		case "executed":
			if value != "later" {
				s.Fatalf("%s: executed=later, or not at all", s.where)
			}
			order.After = 24 * time.Hour
		case "source", "told":
		default:
			s.Fatalf("%s: a payment has no %q", s.where, key)
		}
	}
	line, err := s.server.Start(order)
	if err != nil {
		s.Fatalf("%s: %v", s.where, err)
	}
	if first := o["source"]; first != "" { // another attempt to pay the same source
		line.SourceType, line.SourceID = s.lines[first].SourceType, s.lines[first].SourceID
	}
	if o["told"] == "nothing" { // the merchant keeps to itself when it was executed
		line.ExecutedAt = ""
	}
	s.lines[name] = line
}

// hand hands the payment over by its intake line, as a merchant would.
func (s *story) hand(name string) {
	s.Helper()
	text, err := json.Marshal(s.lines[name])
	if err != nil {
		s.Fatal(err)
	}
	p, err := intake.Line(text)
	if err != nil {
		s.Fatalf("%s: %v", s.where, err)
	}
	s.mu.Lock()
	s.ids[name] = p.ID()
	s.mu.Unlock()
	if _, err := s.fleet.Add(p); err != nil {
		s.fail("handing over: %v", err)
	}
}

// say makes the API and the table say something; empty leaves one as it is.
func (s *story) say(name, api, table string) {
	s.Helper()
	called := s.lines[name].ReferenceID
	if called == "" {
		called = s.lines[name].SourceType + ":" + strconv.FormatInt(s.lines[name].SourceID, 10)
	}
	if err := s.server.Say(called, api, table); err != nil {
		s.fail("%v", err)
	}
}

func (s *story) id(name string) watch.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids[name]
}

func (s *story) last(name string) watch.Snapshot {
	s.Helper()
	all := s.history(name)
	if len(all) == 0 {
		s.Fatalf("%s: nothing was told of %s", s.where, name)
	}
	return all[len(all)-1]
}

func words(v watch.Verdict) string { return strings.ReplaceAll(v.String(), " ", "_") }

func (s *story) want(name, verdict, link string) {
	s.Helper()
	got := s.last(name)
	if words(got.Verdict) != verdict || link != "*" && got.Link.String() != link {
		s.fail("%s is %s by %s (reason %s, trouble %q, %s); want %s by %s", name, got.Verdict, got.Link,
			reasons[got.Reason], got.Trouble, s.fleet.Health().Trouble, verdict, link)
	}
}

// links checks how the payment was heard from so far, in order.
func (s *story) links(name string, want []string) {
	s.Helper()
	var got []string
	for _, snap := range s.history(name) {
		got = append(got, snap.Link.String())
	}
	if got = slices.Compact(got); !slices.Equal(got, want) {
		s.fail("%s was heard by %v, want %v", name, got, want)
	}
}

// never checks that a verdict (or a CHECK for that reason) was not said so far.
func (s *story) never(name, what string) {
	s.Helper()
	verdict, reason, _ := strings.Cut(what, "CHECK_")
	for _, snap := range s.history(name) {
		if reason != "" && reasons[snap.Reason] == reason || reason == "" && words(snap.Verdict) == verdict {
			s.fail("%s was %s (%s) at %v", name, snap.Verdict, reasons[snap.Reason], snap.At.Sub(s.born))
			return
		}
	}
}

// between checks a number against "3" or "3..6".
func (s *story) between(n int, want string) {
	s.Helper()
	least, most, ranged := strings.Cut(want, "..")
	if !ranged {
		most = least
	}
	if n < s.number(least) || n > s.number(most) {
		s.fail("it is %d, want %s", n, want)
	}
}
