package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"tillwatch/ui/lines"
	"tillwatch/watch"
	"tillwatch/watch/intake"
	"tillwatch/watch/journal"
)

// echo is a Dollr that says of each payment what the test wants.
type echo struct {
	mu     sync.Mutex
	says   map[watch.ID]string
	payer  map[watch.ID]watch.Money
	unread map[watch.ID]string
	listen map[watch.ID]watch.Line
}

func (f *echo) answer(p watch.Payment) (watch.Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := watch.Answer{At: time.Now(), Code: 200, Reference: p.Reference, SourceType: p.SourceType, SourceID: p.SourceID, Payer: f.payer[p.ID()], Unread: f.unread[p.ID()]}
	switch word := f.says[p.ID()]; word {
	case "404":
		return watch.Answer{At: time.Now(), Code: 404}, nil
	case "422":
		return watch.Answer{At: time.Now(), Code: 422, Detail: "field required"}, nil
	case "500":
		return watch.Answer{}, &watch.Fault{Kind: watch.FaultDown, Code: 500, Text: "500"}
	default:
		a.Status = word
	}
	return a, nil
}

func (f *echo) Collection(_ context.Context, reference string) (watch.Answer, error) {
	return f.answer(watch.Payment{Reference: reference})
}

func (f *echo) Source(_ context.Context, kind string, id int64) (watch.Answer, error) {
	return f.answer(watch.Payment{SourceType: kind, SourceID: id})
}

func (f *echo) RealtimeKey(context.Context, int64, string, string) (watch.Key, error) {
	return watch.Key{Text: "key", Expires: time.Now().Add(time.Hour)}, nil
}

func (f *echo) hear(p watch.Payment, l watch.Line) func() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listen[p.ID()] = l
	return func() {}
}

// till is a journal and the fleet that writes it.
type till struct {
	path    string
	job     *job
	journal *journal.Journal
	end     func()

	mu   sync.Mutex
	last map[watch.ID]watch.Snapshot
}

func openTill(t *testing.T, path string, api *echo, listen watch.Listen) *till {
	s := &till{path: path, last: map[watch.ID]watch.Snapshot{}}
	var err error
	s.journal, err = journal.Open(journal.Config{Path: path, BaseURL: "http://127.0.0.1:1", ClientID: "shop", Tell: func(snap watch.Snapshot) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.last[snap.ID()] = snap
	}})
	if err != nil {
		t.Fatal(err)
	}
	fleet := watch.New(watch.Config{
		API: api, Listen: listen, Tell: s.journal.Tell, Note: s.journal.Note, Keep: s.journal.Keep, Recall: s.journal.Recall,
		StatusRate: 200, Window: watch.WindowUntilFinal,
	})
	s.job = &job{fleet: fleet, tally: lines.NewTally(), aside: lines.NewAside(io.Discard, false)}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { defer close(over); _ = fleet.Run(ctx) }()
	s.end = func() {
		cancel()
		<-over
		_ = s.journal.Close()
	}
	return s
}

// reads hands over what an export holds, and says what was wrong with it.
func (s *till) reads(text string) (wrong []string) {
	fresh := map[watch.ID]bool{}
	d := intake.NewDecoder("export", func(k watch.Known, export bool) error {
		if !export {
			return fmt.Errorf("%s is not recognized as our own line", k.ID())
		}
		return s.job.acceptExport("export", k, fresh)
	}, func(p intake.Problem) { wrong = append(wrong, p.String()) })
	_, _ = io.WriteString(d, text)
	d.End()
	return wrong
}

// plan is what becomes of a payment in the first journal.
type plan struct {
	Line          string
	First, Second string // what Dollr says, and what it says later
	Charged       watch.Money
	Unread        string // what it says of the amount, where that cannot be read
	Hint          string
	Stop, Damaged bool
}

var tricky = []rune("=+-@'\" ;,|\\<＝＋－＠−aé1\t\u00a0")

func draw(r *rapid.T, n int) plan {
	line := map[string]any{}
	one := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(r, name) }
	status := []string{"404", "422", "PENDING", "PROCESSING", "ODD", "COMPLETED", "COMPLETED", "COMPLETED", "FAILED"}
	if rapid.IntRange(0, 4).Draw(r, "hosted") == 0 {
		line["source_type"], line["source_id"] = "ORDER", n+1
		status = []string{"404", "IDLE", "ACTIVE", "PROCESSING", "PAID", "CANCELED"}
	} else {
		line["reference_id"] = fmt.Sprintf("550e8400-e29b-41d4-A716-%012d", n)
		line["session_id"], line["source_type"] = n+1, "ORDER"
	}
	if in := one("expected in", "", "USD", "LRD"); in != "" {
		line["amount"], line["currency"] = json.Number(one("expected", "18.00", "18", "1.500", "0.5", "12345678901234567.80")), in
	}
	line["label"] = string(rapid.SliceOfN(rapid.SampledFrom(tricky), 0, 6).Draw(r, "label"))
	line["method"] = one("method", "", "MTN_MOMO_LBR", "=1+1")
	line["phone"] = one("phone", "", "231883456789", "12345")
	if at := one("executed", "", "-10m", "-90s", "2s", "1h"); at != "" {
		ago, _ := time.ParseDuration(at)
		line["executed_at"] = time.Now().Add(ago).Format(time.RFC3339Nano)
	}
	text, err := json.Marshal(line)
	if err != nil {
		r.Fatal(err)
	}
	d := plan{Line: string(text), First: one("first", status...), Second: one("second", status...)}
	if n == 0 && rapid.Bool().Draw(r, "fails") {
		d.Second = "500"
	}
	if ended := slices.Contains([]string{"COMPLETED", "FAILED", "PAID", "CANCELED"}, d.First); ended && slices.Contains([]string{"404", "422", "500"}, d.Second) {
		d.Second = d.First // only the first journal could know of that end
	}
	if d.First == "422" && !slices.Contains([]string{"COMPLETED", "FAILED"}, d.Second) {
		d.Second = d.First // likewise of a refusal that an answer has not healed
	}
	d.Charged = watch.Money{Amount: one("charged", "", "0.00", "18.00", "1.5", "20"), Currency: one("charged in", "USD", "LRD", "")}
	if rapid.IntRange(0, 5).Draw(r, "unread") == 0 {
		d.Charged, d.Unread = watch.Money{}, `"18,00" "USD"`
	}
	d.Hint = one("hint", "", "", "PROCESSING", "COMPLETED", "failed")
	d.Damaged = rapid.IntRange(0, 5).Draw(r, "damaged") == 0
	d.Stop = rapid.IntRange(0, 5).Draw(r, "stop") == 0
	return d
}

// Whatever a journal holds: its export, and its lines of --json, handed to another journal
// make the same of every payment while Dollr says the same.
func TestExport_ReadBackMakesTheSameOfEveryPayment(t *testing.T) {
	n := 0
	seen := map[watch.Verdict]int{}
	rapid.Check(t, func(r *rapid.T) {
		n++
		path := filepath.Join(t.TempDir(), fmt.Sprint(n, ".db"))
		var wrong string
		synctest.Test(t, func(t *testing.T) { wrong = roundTrip(t, r, path, seen) })
		if wrong != "" {
			r.Fatal(wrong)
		}
	})
	for _, v := range []watch.Verdict{watch.Waiting, watch.Check, watch.Paid, watch.NotPaid, watch.Stopped} {
		if seen[v] == 0 {
			t.Errorf("no payment was %v: %v", v, seen)
		}
	}
}

func roundTrip(t *testing.T, r *rapid.T, path string, seen map[watch.Verdict]int) string {
	api := &echo{says: map[watch.ID]string{}, payer: map[watch.ID]watch.Money{}, unread: map[watch.ID]string{}, listen: map[watch.ID]watch.Line{}}
	first := openTill(t, path, api, api.hear)
	defer first.end()
	count := rapid.IntRange(1, 12).Draw(r, "payments")
	plans := map[watch.ID]plan{}
	for i := range count {
		d := draw(r, i)
		p, err := intake.Line([]byte(d.Line))
		if err != nil {
			return err.Error()
		}
		plans[p.ID()] = d
		api.mu.Lock()
		api.says[p.ID()], api.payer[p.ID()], api.unread[p.ID()] = d.First, d.Charged, d.Unread
		api.mu.Unlock()
		if _, err := first.job.fleet.HandKnown(watch.Known{Payment: p, Damaged: d.Damaged}, nil); err != nil {
			return err.Error()
		}
	}
	pause := func(name string) {
		time.Sleep(time.Duration(rapid.IntRange(0, 400).Draw(r, name)) * time.Second)
	}
	pause("then Dollr says another word")
	api.mu.Lock()
	for id, d := range plans {
		api.says[id] = d.Second
	}
	api.mu.Unlock()
	for id, d := range plans {
		api.mu.Lock()
		line, listens := api.listen[id]
		api.mu.Unlock()
		if d.Hint != "" && listens {
			line.Hear(watch.Notice{Kind: watch.Changed, Row: watch.Row{Columns: map[string]jsontext.Value{
				"reference_id": []byte(`"` + string(id) + `"`), "status": []byte(`"` + d.Hint + `"`),
			}}})
		}
		first.job.fleet.Verify(id)
		if d.Stop {
			first.job.fleet.Stop(id)
		}
	}
	time.Sleep(5 * time.Second) // until it has heard
	pause("then the journal is exported")
	texts := map[string]string{"CSV": first.export(t, journal.CSV), "JSON Lines": first.export(t, journal.JSONL), "--json": first.lines()}
	var others []*till
	for _, name := range []string{"CSV", "JSON Lines", "--json"} {
		other := openTill(t, "", api, nil) // in memory: what a journal gives back has its own test
		defer other.end()
		others = append(others, other)
		if wrong := other.reads(texts[name]); wrong != nil {
			return fmt.Sprintf("%s\n%s\n%s", name, strings.Join(wrong, "\n"), texts[name])
		}
	}
	time.Sleep(100*time.Second + 500*time.Millisecond) // limits of patience are crossed at whole seconds
	for i, other := range others {
		name := []string{"CSV", "JSON Lines", "--json"}[i]
		for id := range plans {
			a, b := first.of(id), other.of(id)
			seen[a.Verdict]++
			if wrong := differs(&a, &b); wrong != "" {
				return fmt.Sprintf("%s of %s (%+v): %s\n%s", name, id, plans[id], wrong, texts[name])
			}
		}
	}
	return ""
}

// differs says in what two journals do not agree.
func differs(a, b *watch.Snapshot) string {
	now := time.Now()
	executed := func(s *watch.Snapshot) string { return s.ExecutedAt(now).UTC().Format("15:04:05.000") }
	switch {
	case a.Verdict != b.Verdict || a.Reason != b.Reason:
		return fmt.Sprintf("%v (%v) became %v (%v)", a.Verdict, a.Reason, b.Verdict, b.Reason)
	case a.Label != b.Label:
		return fmt.Sprintf("the label %q became %q", a.Label, b.Label)
	case a.Method != b.Method:
		return fmt.Sprintf("the method %q became %q", a.Method, b.Method)
	case a.Expected != b.Expected:
		return fmt.Sprintf("%v became %v", a.Expected, b.Expected)
	case a.Session != b.Session || a.Reference != b.Reference:
		return fmt.Sprintf("%d %s became %d %s", a.Session, a.Reference, b.Session, b.Reference)
	case executed(a) != executed(b):
		return fmt.Sprintf("it was executed at %s, and then at %s", executed(a), executed(b))
	case a.NotStarted != b.NotStarted || a.Slow != b.Slow:
		return "slow, or not started, in one of them alone"
	}
	return ""
}

func (s *till) export(t *testing.T, format journal.Format) string {
	s.journal.History("") // waits for what was told to be written
	reader, err := journal.Read(s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var out bytes.Buffer
	if _, err := journal.Export(&out, format, reader.Payments(journal.Filter{})); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// lines are the newest lines of --json, and two about the program.
func (s *till) lines() string {
	var out bytes.Buffer
	l := lines.New(&out, lines.JSON)
	l.Health(watch.Health{Trouble: watch.NoInternet}, time.Now())
	s.mu.Lock()
	for _, snap := range s.last {
		l.Tell(snap)
	}
	s.mu.Unlock()
	l.Health(watch.Health{}, time.Now())
	l.Close()
	_ = l.Run(context.Background())
	return out.String()
}

func (s *till) of(id watch.ID) watch.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last[id]
}
