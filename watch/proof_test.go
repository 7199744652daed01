package watch_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tillwatch/watch"
	"tillwatch/watch/dollr"
)

var (
	proofBodies  = flag.Int("bodies", 20_000, "status answers that the proof of the verdict makes up")
	proofSeed    = flag.Uint64("bodies-seed", 1, "what they are drawn from")
	proofSeconds = flag.Duration("bodies-for", 0, "make answers up for so long, whatever their number")
)

// answering is a Dollr without a network: it says what its fields say.
type answering struct {
	code int
	body []byte
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	code, body := a.code, a.body
	if r.Method == http.MethodPost {
		code, body = 200, []byte(`{"access_token":"token","expires_in":600000}`)
	}
	return &http.Response{
		StatusCode: code, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
		Header: http.Header{"Content-Type": {"application/json"}},
	}, nil
}

// program is the part of tillwatch that decides: the client that reads an answer, what is
// known of a payment, and the verdict.
type program struct {
	says   *answering
	client *dollr.Client
}

func newProgram(t testing.TB) *program {
	p := &program{says: &answering{}}
	client, err := dollr.New(dollr.Config{
		BaseURL: "http://127.0.0.1:1", ClientID: "id-of-the-proof", ClientSecret: "secret-of-the-proof", HTTP: &http.Client{Transport: p.says},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	p.client = client
	return p
}

// said is one answer.
type said struct {
	code int
	body []byte
}

// verdict is what the program makes of the answers about a sale, in the words of a reading's
// end: empty while the payment has not ended.
func (p *program) verdict(s sale, answers []said) string {
	wall := time.Unix(1_800_000_000, 0)
	k := watch.Known{Payment: watch.Payment{Reference: s.reference, SourceType: s.kind, SourceID: s.id, Handed: wall}}
	k.Expected = watch.Money{Amount: s.price, Currency: s.currency}
	for _, a := range answers {
		p.says.code, p.says.body = a.code, a.body
		var answer watch.Answer
		var err error
		if s.reference != "" {
			answer, err = p.client.Collection(context.Background(), s.reference)
		} else {
			answer, err = p.client.Source(context.Background(), s.kind, s.id)
		}
		k.Take(answer, err, wall)
	}
	if j := watch.Judge(&k, wall); j.Ended() {
		return j.Verdict.String()
	}
	return ""
}

// wanted is the same by the independent reader.
func (s sale) wanted(answers []said) string {
	var end, status string
	for _, a := range answers {
		if a.code != http.StatusOK {
			continue
		}
		switch r := s.read(a.body); {
		case !r.about:
		case end == "":
			end, status = r.end, r.status
		case r.status != status:
			return "CHECK" // Dollr contradicts itself
		}
	}
	return end
}

// check holds the program to the independent reader. The error says all that is needed to
// try the case again.
func (p *program) check(s sale, answers []said) error {
	if got, want := p.verdict(s, answers), s.wanted(answers); got != want {
		var b strings.Builder
		for _, a := range answers {
			fmt.Fprintf(&b, "\n\t%d %q", a.code, a.body)
		}
		return fmt.Errorf("the program says %q, the independent reader %q of %+v:%s", got, want, s, b.String())
	}
	return nil
}

// one draws one answer about a sale and checks it: a clean one must be understood.
func (c chance) one(p *program) error {
	s := c.sale()
	body, clean := c.body(s)
	end := s.read(body).end
	if got := p.verdict(s, []said{{http.StatusOK, body}}); got != end {
		return fmt.Errorf("the program says %q, the independent reader %q of %+v: %q", got, end, s, body)
	}
	if clean && end != "PAID" && end != "NOT PAID" {
		return fmt.Errorf("a documented answer about %+v is %q: %s", s, end, body)
	}
	return nil
}

// several draws some answers about a sale, one after another, and checks them all.
func (c chance) several(p *program) error {
	s := c.sale()
	answers := make([]said, 1+c(4))
	for i := range answers {
		answers[i].body, _ = c.body(s)
		answers[i].code = []int{200, 200, 200, 200, 200, 200, 404, 422, 500, 201, 204, 301, 429}[c(13)]
	}
	return p.check(s, answers)
}

func TestProof_AnEndIsWhatAnIndependentReaderSays(t *testing.T) {
	var made atomic.Int64
	var all sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	begun := time.Now()
	for worker := range workers {
		p := newProgram(t)
		rng := rand.New(rand.NewPCG(*proofSeed, uint64(worker)))
		draw := chance(rng.IntN)
		all.Go(func() {
			for n := worker; n < *proofBodies || time.Since(begun) < *proofSeconds; n += workers {
				err := draw.one(p)
				if err == nil && n%8 == 0 {
					err = draw.several(p)
				}
				if err != nil {
					t.Error(err)
					return
				}
				made.Add(1)
			}
		})
	}
	all.Wait()
	took := time.Since(begun)
	t.Logf("%d answers and an eighth as many sequences in %.1f s (%.0f/s), seed %d",
		made.Load(), took.Seconds(), float64(made.Load())/took.Seconds(), *proofSeed)
}

// The same with rapid, which makes what fails small.
func TestProof_TheSmallestAnswerThatIsReadWrong(t *testing.T) {
	p := newProgram(t)
	rapid.Check(t, func(r *rapid.T) {
		draw := chance(func(n int) int { return rapid.IntRange(0, n-1).Draw(r, "choice") })
		if err := draw.one(p); err != nil {
			r.Fatal(err)
		}
		if err := draw.several(p); err != nil {
			r.Fatal(err)
		}
	})
}

// The inputs with which the old program paid wrongly, and others of their kind.
func FuzzVerdict(f *testing.F) {
	about := `"reference_id":"` + proofReference + `"`
	for _, body := range []string{
		`{` + about + `,"status":"COMPLETED","payer_amount":18.00,"payer_currency":"USD"}`,
		`{` + about + `,"status":"COMPLETED"}`,
		`{` + about + `,"status":"FAILED","status":"COMPLETED"}`,
		`{` + about + `,"status":"COMPLETED","operation_type":[["REFUND"]]}`,
		`{` + about + `,"status":"COMPLETED","operation_type":"REFUND","operation_type":"COLLECTION"}`,
		`{"source_type":"ORDER","source_id":101,"status":"PAID","total_amount":"18.00","currency":"USD"}`,
		`{"source_type":"ORDER","source_id":"101","status":"CANCELED"}`,
	} {
		f.Add([]byte(body), "18.00")
		f.Add([]byte(body), "")
	}
	for _, amount := range proofAmounts {
		f.Add([]byte(`{`+about+`,"status":"COMPLETED","payer_amount":`+amount+`,"payer_currency":"USD"}`), "18.00")
	}
	for _, currency := range proofCurrencies {
		f.Add([]byte(`{`+about+`,"status":"COMPLETED","payer_amount":18,"payer_currency":`+currency+`}`), "18.00")
	}
	p := newProgram(f)
	f.Fuzz(func(t *testing.T, body []byte, price string) {
		m, err := watch.ParseMoney(price, "USD")
		if err != nil || !m.Said() {
			m = watch.Money{}
		}
		for _, s := range []sale{{reference: proofReference}, {kind: "ORDER", id: 101}} {
			s.price, s.currency = m.Amount, m.Currency
			if err := p.check(s, []said{{http.StatusOK, body}}); err != nil {
				t.Error(err)
			}
		}
	})
}
