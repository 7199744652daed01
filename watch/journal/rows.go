package journal

import (
	"database/sql"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

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
var reasons = [...]string{
	"", "CONTRADICTED", "SHORT", "UNCONFIRMED", "UNANSWERED", "OVERDUE", "NEVER LANDED", "REJECTED", "BROKEN",
	"AMOUNT UNKNOWN", "OTHER CURRENCY", "NOT ABOVE ZERO", "UNREADABLE",
}

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
	row = append(row, s.Verdict.String(), word(reasons[:], s.Reason), text(s.Status),
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
	return append(row, when(s.FailedSince), text(s.FailedText)), nil
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

// heard is the answer that is stored so.
func heard(s string) (watch.Answer, error) {
	var a answer
	if s == "" {
		return watch.Answer{}, nil
	}
	if err := json.Unmarshal([]byte(s), &a); err != nil {
		return watch.Answer{}, errSense
	}
	return watch.Answer{
		At: moment(a.At), Took: fromMillis(a.Took), Code: a.Code, Path: a.Path, Stake: valueOf[watch.Stake](stakes, a.Money),
		Reference: a.Ref, Operation: a.Op, SourceType: a.Type, SourceID: a.ID, Number: a.Number, Status: a.Status,
		Payer: watch.Money{Amount: a.Payer, Currency: a.PayerIn}, Unread: a.Unread, Payee: watch.Money{Amount: a.Payee, Currency: a.PayeeIn},
		Transaction: a.Trans, Gateway: a.Gateway, Wallet: a.Wallet, RequiresAction: a.Requires, Detail: a.Detail,
	}, nil
}

// Payment is a payment as the journal has it, with what an export tells beside it.
type Payment struct {
	watch.Past
	Reason   watch.Reason // why it is a CHECK
	Money    watch.Stake  // whose money it is, by the answer that decides; Unknown: nobody has said
	Heard    time.Time    // wall time of the last answer from Dollr about it; zero: none
	Verified time.Time    // of the answer that ended it; zero: none did
	Ended    time.Time    // since when it is not watched any more; zero: it is unresolved

	n   int64
	row string // its id as the file has it
}

// scan reads one row of payments.
func scan(rows *sql.Rows) (p Payment, err error) {
	var (
		session, source                                                        sql.NullInt64
		id, ref, typ, label, amount, in, method, phone, executed, handedAt     sql.NullString
		verdict, reason, status, hint, hintAt, hintClaimed, charged, chargedIn sql.NullString
		named, namedIn, heardAt, verified, begun, ended, stake, told           sql.NullString
		answers                                                                [4]sql.NullString
		failed, failure                                                        sql.NullString
		rev                                                                    int64
	)
	k := &p.Known
	err = rows.Scan(&p.n, &id, &session, &ref, &typ, &source, &label, &amount, &in, &method, &phone, &executed, &handedAt,
		&verdict, &reason, &status, &hint, &hintAt, &hintClaimed, &charged, &chargedIn, &named, &namedIn, &heardAt,
		&verified, &begun, &ended, &k.Stopped, &stake, &told, &rev, &answers[0], &answers[1], &answers[2], &answers[3],
		&failed, &failure)
	if err != nil {
		if code(err) == 0 { // a column holds what was never written there
			err = errSense
		}
		return p, err
	}
	p.row = id.String
	k.Payment = watch.Payment{
		Session: session.Int64, Reference: ref.String, SourceType: typ.String, SourceID: source.Int64, Label: label.String,
		Expected: watch.Money{Amount: amount.String, Currency: in.String}, Method: method.String,
		Phone: watch.Phone(phone.String), Executed: moment(executed.String), Handed: moment(handedAt.String),
	}
	if key(k.ID()) != id.String || !slices.Contains(verdicts, verdict.String) {
		return p, errSense
	}
	var changed, refused watch.Answer
	for i, a := range []*watch.Answer{&k.Latest, &k.Final, &changed, &refused} {
		if *a, err = heard(answers[i].String); err != nil {
			return p, err
		}
	}
	if answers[2].Valid {
		k.Changed = watch.Keep(changed)
	}
	if answers[3].Valid {
		k.Refused = watch.Keep(refused)
	}
	k.FailedSince, k.FailedText = moment(failed.String), failure.String
	k.Status, k.Begun = status.String, moment(begun.String)
	k.Charge = watch.Money{Amount: named.String, Currency: namedIn.String}
	k.Hint = watch.Hint{Status: hint.String, At: moment(hintAt.String), Claimed: moment(hintClaimed.String)}
	p.Verdict, p.Rev = valueOf[watch.Verdict](verdicts, verdict.String), uint64(rev)
	p.Reason, p.Money = valueOf[watch.Reason](reasons[:], reason.String), valueOf[watch.Stake](stakes, stake.String)
	if p.Reason == watch.Unreadable {
		k.Unreadable = watch.UnreadableMost // the one fact that only its reason tells
	}
	p.At = orAt(moment(told.String), k.Handed)
	p.Heard, p.Verified, p.Ended = moment(heardAt.String), moment(verified.String), moment(ended.String)
	return p, nil
}
