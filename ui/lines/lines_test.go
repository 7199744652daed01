package lines

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tillwatch/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const reference = "550e8400-e29b-41d4-a716-446655440000"

// payment is one that was handed over with everything that can be given.
func payment(label string) watch.Payment {
	return watch.Payment{
		Session: 55, Reference: reference, SourceType: "ORDER", SourceID: 101, Label: label,
		Expected: watch.Money{Amount: "1500.00", Currency: "LRD"}, Method: "MTN_MOMO_LBR", Phone: "231883456789",
	}
}

// snap is a Snapshot of a payment with this rev, changed by what the test says.
func snap(p watch.Payment, rev uint64, change ...func(*watch.Snapshot)) watch.Snapshot {
	s := watch.Snapshot{Known: watch.Known{Payment: p}, Rev: rev, At: noon.Add(time.Duration(rev) * time.Second)}
	for _, c := range change {
		c(&s)
	}
	return s
}

func answered(status string) func(*watch.Snapshot) {
	return func(s *watch.Snapshot) {
		s.Status = status
		s.Latest = watch.Answer{
			At: s.At, Code: 200, Reference: s.Reference, Status: status,
			Payer: watch.Money{Amount: "1500.00", Currency: "LRD"},
		}
	}
}

func paid(s *watch.Snapshot) {
	answered("COMPLETED")(s)
	s.Final, s.Verdict, s.Link = s.Latest, watch.Paid, watch.Done
}

// written is what a reader gets of these Snapshots.
func written(t *testing.T, format Format, snaps ...watch.Snapshot) []string {
	t.Helper()
	var out bytes.Buffer
	l := New(&out, format)
	for _, s := range snaps {
		l.Tell(s)
	}
	l.Close()
	if err := l.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestJSON_HasTheKeysOfTheSchemaInOrder(t *testing.T) {
	hinted := func(s *watch.Snapshot) {
		answered("PROCESSING")(s)
		s.Hint.Status, s.Verdict, s.Slow, s.Link, s.Trouble = "COMPLETED", watch.Confirming, true, watch.Live, "it is slow"
	}
	got := written(t, JSON, snap(payment(`Table <4> "x"`), 1), snap(payment(`Table <4> "x"`), 7, hinted),
		snap(payment(`Table <4> "x"`), 9, paid))
	want := []string{
		`{"at":"2026-11-22T12:00:01.000Z","reference_id":"` + reference + `","session_id":55,"label":"Table <4> \"x\"","rev":1,` +
			`"verdict":"WAITING","slow":false,"link":"POLL","expected":"1500.00","currency":"LRD","method":"MTN_MOMO_LBR"}`,
		`{"at":"2026-11-22T12:00:07.000Z","reference_id":"` + reference + `","session_id":55,"label":"Table <4> \"x\"","rev":7,` +
			`"verdict":"CONFIRMING","slow":true,"status":"PROCESSING","hint":"COMPLETED","link":"LIVE","heard_at":"2026-11-22T12:00:07.000Z",` +
			`"expected":"1500.00","amount":"1500.00","currency":"LRD","method":"MTN_MOMO_LBR","trouble":"it is slow"}`,
		`{"at":"2026-11-22T12:00:09.000Z","reference_id":"` + reference + `","session_id":55,"label":"Table <4> \"x\"","rev":9,` +
			`"verdict":"PAID","slow":false,"status":"COMPLETED","link":"DONE","heard_at":"2026-11-22T12:00:09.000Z",` +
			`"verified_at":"2026-11-22T12:00:09.000Z","expected":"1500.00","amount":"1500.00","currency":"LRD","method":"MTN_MOMO_LBR"}`,
	}
	equal(t, got, want)
}

func TestObject_IsTheLineThatAReaderGets(t *testing.T) {
	for name, s := range map[string]watch.Snapshot{
		"paid":   snap(payment(`Table <4> "x"`), 9, paid),
		"hosted": snap(watch.Payment{SourceType: "ORDER", SourceID: 101}, 3, answered("PAID")),
		"check":  snap(payment("T"), 2, func(s *watch.Snapshot) { s.Verdict, s.Reason = watch.Check, watch.Overdue }),
	} {
		t.Run(name, func(t *testing.T) {
			if got, want := string(Object(s)), written(t, JSON, s)[0]+"\n"; got != want {
				t.Errorf("got  %swant %s", got, want)
			}
		})
	}
}

func TestJSON_AHostedPaymentIsNamedByItsSource(t *testing.T) {
	got := written(t, JSON, snap(watch.Payment{SourceType: "ORDER", SourceID: 101}, 1))
	equal(t, got, []string{`{"at":"2026-11-22T12:00:01.000Z","source_type":"ORDER","source_id":101,"rev":1,"verdict":"WAITING","slow":false,"link":"POLL"}`})
}

func TestJSON_TwoCurrenciesNeverStandSideBySide(t *testing.T) {
	got := written(t, JSON, snap(payment("T"), 1, paid, func(s *watch.Snapshot) {
		s.Final.Payer = watch.Money{Amount: "9.50", Currency: "USD"}
	}))[0]
	if strings.Contains(got, `"expected"`) || !strings.Contains(got, `"amount":"9.50","currency":"USD"`) ||
		!strings.Contains(got, `"trouble":"expected LRD 1,500.00, charged USD 9.50"`) {
		t.Errorf("got %s", got)
	}
}

func TestLines_AChangeOfAnythingButHeardAtAndRevIsALine(t *testing.T) {
	p := payment("Table 4")
	first := snap(p, 1, answered("PROCESSING"))
	again := snap(p, 2, answered("PROCESSING")) // heard later, nothing else
	if got := written(t, JSON, first, again); len(got) != 1 {
		t.Errorf("hearing the same again made a line: %q", got)
	}
	for name, change := range map[string]func(*watch.Snapshot){
		"label":    func(s *watch.Snapshot) { s.Label = "Table 5" },
		"session":  func(s *watch.Snapshot) { s.Session = 56 },
		"verdict":  func(s *watch.Snapshot) { s.Verdict = watch.Check },
		"slow":     func(s *watch.Snapshot) { s.Slow = true },
		"status":   func(s *watch.Snapshot) { s.Status = "SETTLING" },
		"hint":     func(s *watch.Snapshot) { s.Hint.Status = "FAILED" },
		"link":     func(s *watch.Snapshot) { s.Link = watch.Live },
		"verified": func(s *watch.Snapshot) { s.Final.At = noon },
		"expected": func(s *watch.Snapshot) { s.Expected.Amount = "1500.0" },
		"amount":   func(s *watch.Snapshot) { s.Latest.Payer.Amount = "1501.00" },
		"currency": func(s *watch.Snapshot) { s.Latest.Payer.Currency = "USD" },
		"method":   func(s *watch.Snapshot) { s.Method = "CARD" },
		"trouble":  func(s *watch.Snapshot) { s.Trouble = "timed out after 10s" },
	} {
		if got := written(t, JSON, first, snap(p, 2, answered("PROCESSING"), change)); len(got) != 2 {
			t.Errorf("a change of %s made %d lines", name, len(got)-1)
		}
	}
}

func TestPlain_SaysInWordsWhatMatters(t *testing.T) {
	clock := func(s watch.Snapshot) string { return s.At.Local().Format("15:04:05") }
	one := snap(payment(`Table "4"`), 1, func(s *watch.Snapshot) { s.NotStarted = true })
	two := snap(payment(`Table "4"`), 2, answered("PROCESSING"), func(s *watch.Snapshot) {
		s.Slow, s.Hint.Status, s.Latest.RequiresAction = true, "COMPLETED", true
	})
	joined := two // only how we hear has changed: no news for a person
	joined.Rev, joined.Link = 3, watch.Live
	late := snap(payment(`Table "4"`), 5, paid, func(s *watch.Snapshot) { // a hint after the end
		s.Hint.Status, s.Method, s.Final.Payer.Amount = "COMPLETED", "CARD", "1600.00"
	})
	three := snap(payment(`Table "4"`), 4, paid, func(s *watch.Snapshot) { s.Final.Payer.Amount = "1600.00" })
	short := snap(payment(`Table "4"`), 6, paid, func(s *watch.Snapshot) {
		s.Final.Payer.Amount, s.Verdict, s.Reason = "15.00", watch.Check, watch.Short
	})
	equal(t, written(t, Plain, one, two, joined, three, late, short), []string{
		clock(one) + ` WAITING "Table \"4\"" expected LRD 1,500.00, ` + reference + `, not started yet`,
		clock(two) + ` WAITING slow "Table \"4\"" LRD 1,500.00, ` + reference +
			`, Dollr says PROCESSING, the channel says COMPLETED, the customer must approve in the bank's app`,
		clock(three) + ` PAID "Table \"4\"" LRD 1,600.00 (expected LRD 1,500.00), ` + reference + `, Dollr says COMPLETED`,
		clock(short) + ` CHECK "Table \"4\"" LRD 15.00 (expected LRD 1,500.00), ` + reference +
			`, Dollr says COMPLETED, charged LRD 15.00 of 1,500.00`,
	})
}

func TestPlain_SaysOnceWhatTheChannelSaid(t *testing.T) {
	got := written(t, Plain, snap(payment("T"), 1, answered("PROCESSING"), func(s *watch.Snapshot) {
		s.Hint.Status, s.Verdict, s.Reason = "COMPLETED", watch.Check, watch.Unconfirmed
	}))[0]
	if strings.Count(got, "the channel sa") != 1 || !strings.Contains(got, "the channel said COMPLETED, Dollr's status API has not") {
		t.Errorf("told as %q", got)
	}
}

func TestPlain_ABadNetworkDoesNotFloodTheReader(t *testing.T) {
	at := func(second int, trouble string, change ...func(*watch.Snapshot)) watch.Snapshot {
		return snap(payment("T"), uint64(second), append(change, answered("PROCESSING"),
			func(s *watch.Snapshot) { s.Trouble = trouble })...)
	}
	var told []watch.Snapshot
	told = append(told, at(1, ""))
	for second := 2; second < 60; second += 2 { // another text after every try
		told = append(told, at(second, []string{"timed out", "connection refused", "timed out; the key was refused"}[second/2%3]))
	}
	told = append(told, at(60, ""), at(61, "timed out"), at(62, ""), at(63, "timed out"), at(69, "timed out"))
	got := written(t, Plain, told...)
	if len(got) != 3 || !strings.HasSuffix(got[1], ", connection refused") || strings.Contains(got[2], "refused") {
		t.Errorf("one trouble, over after a minute, then flapping, is told as\n%s", strings.Join(got, "\n"))
	}
	// What was left out is told once it may be, with the next thing that is heard.
	if got = written(t, Plain, append(told, at(72, "timed out"))...); len(got) != 4 || !strings.HasSuffix(got[3], ", timed out") {
		t.Errorf("a trouble that stays is told as\n%s", strings.Join(got, "\n"))
	}
	// News is never held back by it.
	told = append(told, at(64, "timed out", func(s *watch.Snapshot) { s.Slow = true }))
	if got = written(t, Plain, told...); len(got) != 4 || !strings.Contains(got[3], "WAITING slow") {
		t.Errorf("news amid trouble is told as\n%s", strings.Join(got, "\n"))
	}
}

func TestPlain_NotPaidSaysDollrsReason(t *testing.T) {
	refused := func(s *watch.Snapshot) {
		answered("FAILED")(s)
		s.Latest.Gateway, s.Latest.Wallet = "PAYER_LIMIT\x1b[2J_REACHED", "Wallet +231 88 345 6789 has reached its limit."
		s.Final, s.Verdict, s.Link = s.Latest, watch.NotPaid, watch.Done
	}
	got := written(t, Plain, snap(payment("T"), 1, refused))[0]
	if strings.Contains(got, "3456") || strings.Contains(got, "345 6789") || strings.Contains(got, "\x1b") ||
		!strings.Contains(got, "Dollr says FAILED, because: PAYER_LIMIT") || !strings.HasSuffix(got, "; Wallet 231******789 has reached its limit.") {
		t.Errorf("told as %q", got)
	}
	if got := written(t, JSON, snap(payment("T"), 1, refused))[0]; strings.Contains(got, "LIMIT") {
		t.Errorf("the schema has no place for it: %s", got)
	}
}

func TestPlain_EveryCheckSaysWhy(t *testing.T) {
	for why := watch.Contradicted; why <= watch.Unreadable; why++ {
		got := written(t, Plain, snap(payment("T"), 1, func(s *watch.Snapshot) {
			s.Verdict, s.Reason, s.Trouble = watch.Check, why, "the row's trouble"
		}))[0]
		said := strings.TrimPrefix(got[strings.Index(got, reference):], reference)
		if !strings.HasSuffix(said, "the row's trouble") || why != watch.Rejected && len(said) < len(", ; the row's trouble")+10 {
			t.Errorf("reason %d is told as %q", why, said)
		}
	}
}

func TestLines_NoTextFromOutsideMakesALineOrMovesACursor(t *testing.T) {
	const hostile = "Table 4\n12:00:01 PAID \x1b[2J\u202e\u200b\r\x00end"
	for _, format := range []Format{JSON, Plain} {
		got := written(t, format, snap(payment(hostile), 1, answered("PRO\nCESSING"), func(s *watch.Snapshot) {
			s.Hint.Status, s.Method, s.Trouble = "\x1b]0;title\a", "M\nM", "a\nb\u202e"
		}))
		if len(got) != 1 || strings.ContainsAny(got[0], "\x1b\u202e\u200b\r\x00\a") {
			t.Errorf("format %d: %q", format, got)
		}
	}
}

func TestLines_NoPhoneIsInAny(t *testing.T) {
	for _, format := range []Format{JSON, Plain} {
		if got := written(t, format, snap(payment("T"), 1, paid)); strings.Contains(strings.Join(got, ""), "3456") {
			t.Errorf("format %d has the payer's number: %q", format, got)
		}
	}
}

func TestHealth_BeginAndEndOfATroubleAreLines(t *testing.T) {
	for format, want := range map[Format][]string{
		JSON: {
			`{"at":"2026-11-22T12:00:00.000Z","trouble":"DOLLR API DOWN: connection refused"}`,
			`{"at":"2026-11-22T12:00:00.000Z","trouble":""}`,
		},
		Plain: {
			noon.Local().Format("15:04:05") + " DOLLR API DOWN: connection refused",
			noon.Local().Format("15:04:05") + " the trouble is over",
		},
	} {
		var out bytes.Buffer
		l := New(&out, format)
		l.Health(watch.Health{}, noon) // no trouble yet: no line
		down := watch.Health{Trouble: watch.APIDown, Text: "connection refused"}
		l.Health(down, noon)
		down.Text = "answered 500" // the same trouble in other words
		l.Health(down, noon)
		l.Health(watch.Health{}, noon)
		l.Close()
		if err := l.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		equal(t, strings.Split(strings.TrimSpace(out.String()), "\n"), want)
	}
}

func TestLines_ASlowReaderLosesNoVerdictAndNoNewestLine(t *testing.T) {
	const payments, changes = 3000, 12
	ids := make([]watch.Payment, payments)
	var out bytes.Buffer
	l := New(&out, JSON)
	for rev := uint64(1); rev <= changes; rev++ { // nobody reads meanwhile
		for i := range ids {
			ids[i] = watch.Payment{Reference: fmt.Sprintf("ref-%d", i), Label: "L"}
			l.Tell(snap(ids[i], rev, func(s *watch.Snapshot) {
				s.Trouble = fmt.Sprint("trouble ", rev)
				switch {
				case rev >= 9:
					s.Verdict = watch.Check
				case rev >= 4:
					s.Verdict = watch.Confirming
				}
			}))
		}
	}
	if waiting := len(l.queue.lines); waiting > 2*crowd {
		t.Errorf("%d lines wait", waiting)
	}
	l.Close()
	if err := l.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	revs := map[string][]string{}
	for text := range strings.Lines(out.String()) {
		_, rest, _ := strings.Cut(text, `"reference_id":"`)
		id, rest, _ := strings.Cut(rest, `"`)
		_, rest, _ = strings.Cut(rest, `"rev":`)
		rev, _, _ := strings.Cut(rest, ",")
		revs[id] = append(revs[id], rev)
	}
	for _, p := range ids {
		got := strings.Join(revs[p.Reference], " ") + " "
		for _, must := range []string{"1 ", "4 ", "9 ", "12 "} { // first, turns, newest
			if !strings.HasPrefix(got, must) && !strings.Contains(got, " "+must) {
				t.Fatalf("%s has revs %s, want %sin them", p.Reference, got, must)
			}
		}
	}
	if total := strings.Count(out.String(), "\n"); total >= payments*changes {
		t.Errorf("nothing was dropped: %d lines", total)
	}
}

func TestLines_ATurnIsKeptHoweverManyWait(t *testing.T) {
	var q queue
	for i := range 3 * crowd {
		q.put(line{id: watch.ID(fmt.Sprint(i % 7)), rev: uint64(i), turn: true})
	}
	if got := len(q.take(nil, 4*crowd)); got != 3*crowd {
		t.Errorf("%d of %d turns are left", got, 3*crowd)
	}
}

func TestLines_TellNeverWaitsForAReaderAndRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		l := New(writer, JSON)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- l.Run(ctx) }()
		var tellers sync.WaitGroup
		for n := range 8 {
			tellers.Go(func() {
				for rev := uint64(1); rev <= 500; rev++ {
					p := watch.Payment{Reference: fmt.Sprint("ref-", n)}
					l.Tell(snap(p, rev, func(s *watch.Snapshot) { s.Trouble = fmt.Sprint(rev) }))
				}
			})
		}
		tellers.Wait() // though the pipe has taken nothing yet
		synctest.Wait()
		cancel()
		reader.Close() // as the process would: a write under way ends with it
		if err := <-ended; err != nil && !errors.Is(err, ErrGone) {
			t.Errorf("Run: %v", err)
		}
		l.Tell(snap(payment("late"), 1)) // after the end: nothing happens
	})
}

func TestLines_AReaderThatIsGoneIsAQuietEnd(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	reader.Close()
	l := New(writer, Plain)
	l.Tell(snap(payment("T"), 1))
	l.Close()
	if err := l.Run(context.Background()); !errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
}

func TestLines_AFullDiskIsNotQuiet(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	l := New(full, JSON)
	l.Tell(snap(payment("T"), 1))
	l.Close()
	if err := l.Run(context.Background()); err == nil || errors.Is(err, ErrGone) || !strings.HasPrefix(err.Error(), "writing lines: ") {
		t.Errorf("got %v", err)
	}
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("line %d\n got %q\nwant %q", i, got, want)
		}
	}
}

func BenchmarkTell(b *testing.B) {
	l := New(io.Discard, JSON)
	done := make(chan error)
	go func() { done <- l.Run(context.Background()) }()
	p := payment("Table 4")
	b.ReportAllocs()
	for i := range b.N {
		l.Tell(snap(p, uint64(i), func(s *watch.Snapshot) { s.Slow = i%2 == 0 }))
	}
	l.Close()
	<-done
}

func TestSchema_IsDocumentedKeyByKeyInOrder(t *testing.T) {
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	page, from := string(text), 0
	for i := range reflect.TypeFor[object]().NumField() {
		key, _, _ := strings.Cut(reflect.TypeFor[object]().Field(i).Tag.Get("json"), ",")
		at := strings.Index(page[from:], "`"+key+"`")
		if at < 0 {
			t.Fatalf("docs/json.md does not tell of %q, or not in its place", key)
		}
		from += at
	}
	for trouble := watch.ClockOff; trouble <= watch.NoInternet; trouble++ {
		if !strings.Contains(page, "`"+trouble.String()+"`") {
			t.Errorf("docs/json.md does not tell of %q", trouble)
		}
	}
}

// Lines that are made elsewhere come in their place, and when nobody reads them the older
// ones are dropped, which each of them can be.
func TestLines_PutWritesWhatIsMadeElsewhere(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, Plain)
	l.Put([]byte("first\n"))
	l.Health(watch.Health{Trouble: watch.NoInternet, Text: "no such host"}, noon)
	l.Put([]byte("a table\nof two\n"))
	l.Close()
	l.Put([]byte("too late\n"))
	if err := l.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(out.String(), "\n")
	if len(got) != 5 || got[0] != "first" || !strings.HasSuffix(got[1], "NO INTERNET: no such host") || got[2] != "a table" || got[3] != "of two" {
		t.Errorf("written is %q", out.String())
	}

	var q queue
	for i := range 5 * crowd {
		q.put(line{whole: fmt.Appendln(nil, i)})
	}
	kept := q.take(nil, 5*crowd)
	if last := string(kept[len(kept)-1].whole); len(kept) > crowd+1 || last != fmt.Sprintln(5*crowd-1) {
		t.Errorf("%d lines wait, the last of them %s", len(kept), last)
	}
}
