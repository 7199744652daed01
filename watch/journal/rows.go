package journal

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tillwatch/watch"
)

// stamp is how times are written: RFC 3339 in UTC, all of one length, so that they sort as
// text.
const stamp = "2006-01-02T15:04:05.000000Z"

// written forms: nothing is NULL.

func when(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(stamp)
}

func text[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

func number[T ~int | ~int64](n T) any {
	if n == 0 {
		return nil
	}
	return int64(n)
}

// millis is a duration in milliseconds, to the microsecond.
func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func fromMillis(ms float64) time.Duration {
	return time.Duration(math.Round(ms*1000)) * time.Microsecond
}

// moment is a written time; zero if there is none that can be read.
func moment(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(stamp, s)
	if err != nil {
		return time.Time{}
	}
	return t.Local()
}

// reasons are the words of a CHECK's reason.
var reasons = watch.ReasonCodes()

// kinds are the words of events, in the order of watch's.
var kinds = [...]string{
	"", "handed over", "handed over again", "key", "no key", "joining", "ready", "stalled", "speaks", "lost", "hint",
	"stray", "answer", "failure", "asked", "stopped", "resumed", "verdict", "fault", "restored", "joined",
}

// word is the word of a value, which may be one that this version does not know.
func word[T ~uint8](words []string, v T) any {
	if int(v) >= len(words) {
		return nil
	}
	return text(words[v])
}

// valueOf is the value of a word, zero for one that is not known.
func valueOf[T ~uint8](words []string, w string) T { return T(max(0, slices.Index(words, w))) }

var (
	verdicts = wordsOf(watch.Waiting, watch.Stopped)
	stakes   = wordsOf(watch.Unknown, watch.Test)
	origins  = wordsOf(watch.FromUs, watch.FromChannel)
)

// wordsOf is the words of the values from first to last.
func wordsOf[T interface {
	~uint8
	String() string
}](first, last T) []string {
	var words []string
	for v := first; v <= last; v++ {
		words = append(words, v.String())
	}
	return words
}

// key is a payment's id as it is stored.
func key(id watch.ID) string { return strings.ToLower(string(id)) }

// handed is what was handed over, as the first columns of a row.
func handed(row []any, p watch.Payment) []any {
	return append(row, key(p.ID()), number(p.Session), text(p.Reference), text(p.SourceType), number(p.SourceID),
		text(p.Label), text(p.Expected.Amount), text(p.Expected.Currency), text(p.Method), text(p.Phone.String()),
		when(p.Executed), when(p.Handed))
}

// known is the columns of a row after those.
func known(row []any, s *watch.Snapshot) ([]any, error) {
	charged := s.Charged()
	row = append(row, s.Verdict.String(), word(reasons, s.Reason), text(s.Status),
		text(s.Hint.Status), when(s.Hint.At), when(s.Hint.Claimed),
		text(charged.Amount), text(charged.Currency), text(s.Charge.Amount), text(s.Charge.Currency),
		when(s.HeardAt()), when(s.VerifiedAt()), when(s.Begun), when(endedAt(s)), s.Stopped,
		money(s), when(s.At), int64(s.Rev))
	changed, refused := s.Changed.Answer(), s.Refused.Answer()
	for _, a := range []*watch.Answer{&s.Latest, &s.Final, &changed, &refused} {
		said, err := said(a)
		if err != nil {
			return nil, err
		}
		row = append(row, said)
	}
	return summed(append(row, when(s.FailedSince), text(s.FailedText), int64(digit(s.Damaged)), int64(0))), nil
}

// unknown appends the columns after those of handed, for a payment of which nothing is known.
func unknown(row []any, damaged bool) []any {
	row = append(row, watch.Waiting.String())
	for len(row) < len(fields)-2 {
		switch fields[len(row)] {
		case "stopped", "rev":
			row = append(row, int64(0))
		default:
			row = append(row, nil)
		}
	}
	return summed(append(row, int64(digit(damaged)), int64(0)))
}

// endedAt is since when a payment is not watched any more; zero: it is.
func endedAt(s *watch.Snapshot) time.Time {
	switch {
	case s.Ended() && s.Reason == watch.Contradicted:
		return orAt(s.Changed.Answer().At, s.At)
	case s.Ended():
		return orAt(s.Final.At, s.At)
	case s.Verdict == watch.Stopped:
		return s.At
	}
	return time.Time{}
}

func orAt(t, other time.Time) time.Time {
	if t.IsZero() {
		return other
	}
	return t
}

// money is whose money it is, by the answer that decides.
func money(s *watch.Snapshot) any {
	stake := s.Latest.Stake
	if s.Final.Code != 0 {
		stake = s.Final.Stake
	}
	if stake == watch.Unknown {
		return nil
	}
	return stake.String()
}

// answer is a watch.Answer as JSON, but for its Body.
type answer struct {
	At       string  `json:"at,omitempty"`
	Took     float64 `json:"took_ms,omitempty"`
	Code     int     `json:"code,omitempty"`
	Path     string  `json:"path,omitempty"`
	Money    string  `json:"money,omitempty"`
	Ref      string  `json:"reference_id,omitempty"`
	Op       string  `json:"operation_type,omitempty"`
	Type     string  `json:"source_type,omitempty"`
	ID       int64   `json:"source_id,omitempty"`
	Number   string  `json:"number,omitempty"`
	Status   string  `json:"status,omitempty"`
	Payer    string  `json:"payer_amount,omitempty"`
	PayerIn  string  `json:"payer_currency,omitempty"`
	Unread   string  `json:"unread_amount,omitempty"`
	Payee    string  `json:"payee_amount,omitempty"`
	PayeeIn  string  `json:"payee_currency,omitempty"`
	Trans    string  `json:"transaction,omitempty"`
	Gateway  string  `json:"gateway,omitempty"`
	Wallet   string  `json:"wallet,omitempty"`
	Requires bool    `json:"requires_action,omitempty"`
	Detail   string  `json:"detail,omitempty"`
}

// said is an answer as it is stored; NULL if there is none.
func said(a *watch.Answer) (any, error) {
	bare := *a
	bare.Body = ""
	if bare == (watch.Answer{}) {
		return nil, nil
	}
	at, _ := when(a.At).(string)
	stake := ""
	if a.Stake != watch.Unknown {
		stake = a.Stake.String()
	}
	out, err := json.Marshal(answer{
		At: at, Took: millis(a.Took), Code: a.Code, Path: a.Path, Money: stake, Ref: a.Reference, Op: a.Operation,
		Type: a.SourceType, ID: a.SourceID, Number: a.Number, Status: a.Status, Payer: a.Payer.Amount,
		PayerIn: a.Payer.Currency, Unread: a.Unread, Payee: a.Payee.Amount, PayeeIn: a.Payee.Currency, Trans: a.Transaction,
		Gateway: a.Gateway, Wallet: a.Wallet, Requires: a.RequiresAction, Detail: a.Detail,
	})
	return string(out), err
}

// plausible reports whether tillwatch can have written everything in the answer. It also makes the
// texts fit to be shown.
func (a *answer) plausible() bool {
	for _, text := range []*string{&a.Path, &a.Ref, &a.Op, &a.Type, &a.Number, &a.Status, &a.Payer, &a.PayerIn, &a.Unread, &a.Payee,
		&a.PayeeIn, &a.Trans, &a.Gateway, &a.Wallet, &a.Detail} {
		*text = watch.Clean(*text, mostText)
	}
	return amounts(a.Payer, a.Payee) && a.Code >= 0 && a.Code < 1000 && a.Took >= 0 && a.Took < 1e9 &&
		(a.At == "" || !moment(a.At).IsZero()) && (a.Money == "" || slices.Contains(stakes, a.Money))
}

// heard is the answer that is stored so.
func heard(s string) (watch.Answer, error) {
	var a answer
	if s == "" {
		return watch.Answer{}, nil
	}
	if len(s) > mostAnswer || json.Unmarshal([]byte(s), &a) != nil || !a.plausible() {
		return watch.Answer{}, errSense
	}
	return watch.Answer{
		At: moment(a.At), Took: fromMillis(a.Took), Code: a.Code, Path: a.Path, Stake: valueOf[watch.Stake](stakes, a.Money),
		Reference: a.Ref, Operation: a.Op, SourceType: a.Type, SourceID: a.ID, Number: a.Number, Status: a.Status,
		Payer: watch.Money{Amount: a.Payer, Currency: a.PayerIn}, Unread: a.Unread, Payee: watch.Money{Amount: a.Payee, Currency: a.PayeeIn},
		Transaction: a.Trans, Gateway: a.Gateway, Wallet: a.Wallet, RequiresAction: a.Requires, Detail: a.Detail,
	}, nil
}

// Payment is a payment as the journal has it, with the additional facts of an export.
type Payment struct {
	watch.Past
	Reason   watch.Reason // why it is a CHECK
	Money    watch.Stake  // whose money it is, by the answer that decides; or Unknown
	Heard    time.Time    // wall time of the last answer from Dollr about it; zero: none
	Verified time.Time    // of the answer that ended it; zero: none did
	Ended    time.Time    // since when it is not watched any more; zero: it is unresolved

	n   int64
	row string // the id as the file has it, fit for a line
	bad bool   // the row was damaged
}

// odd returns the error of a row that is about no payment, with what is known of the row's id.
func (p *Payment) odd(err error) error { return fmt.Errorf("payment %s: %w", p.row, err) }

// mostText bounds one text in characters, and mostAnswer one answer in bytes.
const (
	mostText   = 1000
	mostAnswer = 64 << 10
	mostRev    = 1 << 53
)

// found is a row as it was read. Nothing in it is trusted.
type found struct {
	columns []sql.NullString
	bad     bool // a column holds what tillwatch never writes
}

// next returns the next column as it stands.
func (f *found) next() string {
	s := f.columns[0].String
	f.columns = f.columns[1:]
	return s
}

// text returns the next column as a text that is fit to be shown.
func (f *found) text() string { return watch.Clean(f.next(), mostText) }

// number returns the next column as a number from 0 to most.
func (f *found) number(most int64) int64 {
	s := f.next()
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > most {
		f.bad = true
		return 0
	}
	return n
}

// moment returns the next column as a time.
func (f *found) moment() time.Time {
	s := f.next()
	t := moment(s)
	f.bad = f.bad || s != "" && t.IsZero()
	return t
}

// money returns the next two columns.
func (f *found) money() watch.Money {
	m := watch.Money{Amount: f.text(), Currency: f.text()}
	f.bad = f.bad || !amounts(m.Amount)
	return m
}

// amounts reports whether these are amounts as Money has them: digits, with an optional sign and
// point, or nothing. An exponent is refused, because the number could take as much memory as it
// says.
func amounts(all ...string) bool {
	return !slices.ContainsFunc(all, func(s string) bool { return s != "" && !decimalText.MatchString(s) })
}

var decimalText = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// word returns the index of the next column in words, which must hold it.
func (f *found) word(words []string) uint8 {
	s := f.next()
	i := slices.Index(words, s)
	f.bad = f.bad || i < 0 && s != ""
	return uint8(max(0, i))
}

// took returns the next column as a duration of at most a day.
func (f *found) took() time.Duration {
	ms, err := strconv.ParseFloat(f.next(), 64)
	if err != nil || !(ms >= 0 && ms <= 86_400_000) {
		return 0
	}
	return fromMillis(ms)
}

// raw returns the next column as the JSON that came, which was made fit to be shown before it was
// stored.
func (f *found) raw() string {
	s := f.next()
	odd := func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == utf8.RuneError }
	if len(s) > mostAnswer || strings.ContainsFunc(s, odd) {
		return watch.Clean(s, mostText)
	}
	return s
}

// answer returns the next column as an answer, and whether there is one.
func (f *found) answer() (watch.Answer, bool) {
	s := f.next()
	a, err := heard(s)
	f.bad = f.bad || err != nil
	return a, s != "" && err == nil
}

// scanner reads rows of payments. It must be used from one goroutine.
type scanner struct {
	columns []sql.NullString
	sum     sql.NullString
	older   bool // the rows have no sums
	n       int64
	into    []any
}

func newScanner(q querier) *scanner {
	s := &scanner{columns: make([]sql.NullString, len(fields))}
	_, s.older = q.(older)
	s.into = append(s.into, &s.n)
	for i := range s.columns {
		s.into = append(s.into, &s.columns[i])
	}
	s.into = append(s.into, &s.sum)
	return s
}

// scan reads one row. Of a damaged row it keeps only what was handed over and marks the payment as
// damaged, so that Dollr is asked again. The error is errSense if the row does not tell which
// payment it is about.
func (s *scanner) scan(rows *sql.Rows) (p Payment, err error) {
	if err = rows.Scan(s.into...); err != nil {
		if code(err) == 0 { // a column holds what was never written there
			err = errSense
		}
		return p, err
	}
	f := found{columns: s.columns, bad: !s.older && s.sum.String != sumOf(s.columns)}
	p.n, p.row = s.n, watch.Clean(s.columns[0].String, mostText)
	if id := f.handed(&p.Known); key(p.ID()) != id {
		return p, errSense
	}
	f.known(&p)
	if p.bad = f.bad; p.bad {
		p.distrust()
	}
	return p, nil
}

// handed reads what was handed over, and returns the payment's id as the file has it.
func (f *found) handed(k *watch.Known) string {
	id := f.next()
	k.Session, k.Reference, k.SourceType, k.SourceID = f.number(math.MaxInt64), f.text(), f.text(), f.number(math.MaxInt64)
	k.Label, k.Expected, k.Method, k.Phone = f.text(), f.money(), f.text(), watch.Phone(f.text())
	k.Executed, k.Handed = f.moment(), f.moment()
	return id
}

// known reads the columns after those of handed.
func (f *found) known(p *Payment) {
	k := &p.Known
	p.Verdict, p.Reason, k.Status = watch.Verdict(f.word(verdicts)), watch.Reason(f.word(reasons)), f.text()
	k.Hint = watch.Hint{Status: f.text(), At: f.moment(), Claimed: f.moment()}
	if p.Reason == watch.Unreadable {
		k.Unreadable = watch.UnreadableMost // only the reason stores this fact
	}
	f.money() // skip it: the answers have it
	k.Charge = f.money()
	p.Heard, p.Verified, k.Begun, p.Ended = f.moment(), f.moment(), f.moment(), f.moment()
	k.Stopped, p.Money = f.number(1) == 1, watch.Stake(f.word(stakes))
	p.At, p.Rev = orAt(f.moment(), k.Handed), uint64(f.number(mostRev))
	k.Latest, _ = f.answer()
	k.Final, _ = f.answer()
	if a, said := f.answer(); said {
		k.Changed = watch.Keep(a)
	}
	if a, said := f.answer(); said {
		k.Refused = watch.Keep(a)
	}
	k.FailedSince, k.FailedText, k.Damaged = f.moment(), f.text(), f.number(1) == 1
}

// distrust drops what the row of a payment claims to know.
func (p *Payment) distrust() {
	p.Known = watch.Known{Payment: p.Payment, Damaged: true}
	p.Verdict, p.Reason, p.Money = watch.Check, watch.Damaged, watch.Unknown
	p.Heard, p.Verified, p.Ended = time.Time{}, time.Time{}, time.Time{}
	if now := time.Now(); p.Handed.IsZero() || p.Handed.After(now) {
		p.Handed = now // the time is unknown, and no wait may end in another century
	}
}
