package sandbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Order asks for one whole payment. The zero value is drawn from the seed in everything.
type Order struct {
	// Scenario is what the payment does, by name or number suffix. Empty or Mixed leaves it
	// to Phone where that is given, else to the seeded mix.
	Scenario string
	// Link is what its link does, by name or code; empty is clean.
	Link string
	// Hosted makes a hosted checkout, which is watched by its source alone.
	Hosted bool
	// What a merchant would know. Each is drawn when empty; Amount is a decimal above 0, and
	// Method one of Networks or what Dollr calls it.
	Amount, Currency, Method, Phone, Label, SourceType string
	// Charge is what Dollr says the customer is charged, when it is not Amount.
	Charge string
	// After is the customer's time before the payment is executed: until then its merchant knows
	// it, and the status API answers 404.
	After time.Duration
}

// Intake is the line in which a merchant hands a payment over to be watched.
type Intake struct {
	SessionID   int64  `json:"session_id,omitempty"`
	ReferenceID string `json:"reference_id,omitempty"`
	SourceType  string `json:"source_type"`
	SourceID    int64  `json:"source_id"`
	Label       string `json:"label"`
	Amount      string `json:"amount"`
	Currency    string `json:"currency"`
	Method      string `json:"method"`
	Phone       string `json:"phone,omitempty"`
	ExecutedAt  string `json:"executed_at,omitempty"` // absent when it is not executed yet
}

// Start makes a payment from checkout to execution at once, and gives the line that its
// merchant would hand over. An order that cannot be is refused in one line.
func (s *Server) Start(o Order) (Intake, error) {
	s.mu.Lock()
	in, err := s.start(o)
	s.mu.Unlock()
	s.flush()
	if err != nil {
		return Intake{}, fmt.Errorf("starting a payment: %w", err)
	}
	return in, nil
}

// start does Start's work. The caller holds mu.
func (s *Server) start(o Order) (Intake, error) {
	s.numbers.order++
	r := s.drawing(drawOrder, s.numbers.order)
	sc, l, err := o.choices(r)
	if err != nil {
		return Intake{}, err
	}
	acc, err := o.fill(sc, r)
	if err != nil {
		return Intake{}, err
	}
	mode := "DIRECT"
	if o.Hosted {
		mode = "HOSTED"
	}
	src := s.makeSource(o.SourceType, mode, o.Currency, o.Amount, o.Phone)
	in := Intake{SourceType: src.kind, SourceID: src.id, Label: o.Label, Amount: o.Amount,
		Currency: o.Currency, Method: o.Method, Phone: o.Phone}
	if o.Hosted {
		if sc == nil {
			sc = scenarioOf(o.Phone, hosted, s.drawing(drawLife, src.id))
		}
		p := s.open(src, sc)
		p.link = l
		return in, nil
	}
	ses := s.makeSession(src, l)
	life := s.drawing(drawLife, ses.id)
	if sc == nil {
		sc = scenarioOf(acc.number, acc.kind(), life)
	}
	p := s.makePayment(ses, s.makeAccount(acc.method, acc.number, acc.country), sc, reference(r))
	if o.Charge != "" { // the row and the API agree on it; only the merchant's line differs
		p.charge = o.Charge
	}
	in.SessionID, in.ReferenceID = ses.id, p.reference
	steps := plan(sc, l, life)
	switch {
	case sc.ending == endLost:
		in.ExecutedAt = executedAt()
	case o.After > 0:
		s.queue.afterPaced(time.Duration(float64(o.After)/s.speed), func() {
			s.mu.Lock()
			if !p.landed { // its merchant may have executed it before
				s.begin(p, steps)
			}
			s.mu.Unlock()
			s.flush()
		})
	default:
		in.ExecutedAt = executedAt()
		s.begin(p, steps)
	}
	return in, nil
}

// executedAt is now by the merchant's clock, which no fault of the server's clock moves.
func executedAt() string { return time.Now().UTC().Format(time.RFC3339Nano) }

// open puts a customer in front of a hosted page. The caller holds mu.
func (s *Server) open(src *source, sc *scenario) *payment {
	p := &payment{source: src, scenario: sc, link: clean, charge: src.total, status: src.status,
		since: time.Now()}
	src.hosted = p
	s.inOrder = append(s.inOrder, p)
	s.begin(p, hostedPlan(sc, s.drawing(drawPage, src.id)))
	return p
}

// choices reads the order's names. The scenario is nil when it is to be drawn.
func (o *Order) choices(r *rand.Rand) (sc *scenario, l *link, err error) {
	if o.Method == byPage {
		o.Hosted, o.Method = true, ""
	}
	if o.Scenario != "" && o.Scenario != Mixed {
		if sc, err = scenarioNamed(o.Scenario); err != nil {
			return nil, nil, err
		}
		if o.Hosted = o.Hosted || sc.kind == hosted; o.Hosted && sc.ending == endLost {
			return nil, nil, fmt.Errorf("scenario %q has no hosted form", sc.name)
		}
	}
	switch o.Link {
	case "":
		return sc, clean, nil
	case Mixed:
		if l = mixedLink(r); o.Hosted { // drawn all the same, so that the seed's other draws stay
			l = clean
		}
		return sc, l, nil
	}
	l, err = linkNamed(o.Link)
	if err == nil && o.Hosted && l != clean {
		err = fmt.Errorf("a hosted checkout has no channel, so no link %q", o.Link)
	}
	return sc, l, err
}

// fill draws what the order leaves open, checks what it says, and gives the account that
// the payment is made from.
func (o *Order) fill(sc *scenario, r *rand.Rand) (*account, error) {
	orDefault(&o.SourceType, []string{"ORDER", "INVOICE"}[r.IntN(2)])
	if o.SourceType != "ORDER" && o.SourceType != "INVOICE" {
		return nil, fmt.Errorf("source type %q: must be ORDER or INVOICE", o.SourceType)
	}
	n, err := o.network(sc, r)
	if err != nil {
		return nil, err
	}
	o.Method = n.method
	if n.currencies != nil {
		orDefault(&o.Currency, n.currencies[r.IntN(len(n.currencies))])
	}
	orDefault(&o.Currency, "USD")
	if !currencies.MatchString(o.Currency) || !n.takes(o.Currency) {
		return nil, fmt.Errorf("currency %q: not one that %s takes", o.Currency, n.method)
	}
	orDefault(&o.Amount, drawAmount(o.Currency, r))
	orDefault(&o.Label, drawLabel(r))
	for _, amount := range []string{o.Amount, o.Charge} {
		if _, ok := moneyOf(amount); !ok && amount != "" {
			return nil, fmt.Errorf("amount %q: must be a decimal above 0, such as 12.50", amount)
		}
	}
	acc := &account{method: n.method, country: n.country, number: o.Phone}
	// A number is made so that it does what the name says: a customer who pays from it again, over
	// HTTP, has the same outcome.
	switch {
	case n.method == "CREDIT_CARD":
		acc.number, acc.country = "pm_card", "US"
		if sc != nil {
			acc.number = sc.suffix
		}
		return acc, nil
	case o.Phone == "":
		o.Phone = n.example + drawSuffix(sc, r)
		acc.number = o.Phone
	case !phones.MatchString(o.Phone):
		return nil, fmt.Errorf("phone %q: must be E.164 digits without a plus", o.Phone)
	}
	return acc, nil
}

// network chooses the network: the one named, the phone's own, or one of those with
// numbers to play with.
func (o *Order) network(sc *scenario, r *rand.Rand) (network, error) {
	isCard := sc != nil && sc.kind == card
	var n network
	ok := true
	switch {
	case o.Method != "":
		n, ok = networkNamed(o.Method)
	case isCard:
		n, ok = networkOf("CREDIT_CARD")
	case o.Phone != "":
		n, ok = networkOfPhone(o.Phone)
	default:
		open := slices.DeleteFunc(slices.Clone(networks), func(n network) bool {
			return n.example == "" || o.Currency != "" && !n.takes(o.Currency)
		})
		if len(open) == 0 {
			return n, fmt.Errorf("currency %q: no mobile network takes it", o.Currency)
		}
		n = open[r.IntN(len(open))]
	}
	switch {
	case !ok && o.Method != "":
		return n, fmt.Errorf("method %q: must be one of %s or %s", o.Method, namesOf(Networks()), joined(methods()))
	case !ok:
		return n, fmt.Errorf("phone %q: no known network has it", o.Phone)
	case isCard != (n.method == "CREDIT_CARD") && sc != nil && sc.kind != hosted:
		return n, fmt.Errorf("scenario %q cannot be paid by %s", sc.name, n.method)
	case n.example == "" && n.method != "CREDIT_CARD" && o.Phone == "":
		return n, fmt.Errorf("method %q needs a phone", n.method)
	}
	return n, nil
}

// drawSuffix is the end of a number that does what the scenario says, or any other end
// when its name alone says it.
func drawSuffix(sc *scenario, r *rand.Rand) string {
	if sc != nil && sc.kind == mobile && sc.suffix != "" {
		return sc.suffix
	}
	for {
		suffix := fmt.Sprintf("%03d", r.IntN(1000))
		if !slices.ContainsFunc(scenarios, func(s scenario) bool { return s.suffix == suffix }) {
			return suffix
		}
	}
}

// drawAmount is a price as a shop has them, at its currency's scale.
func drawAmount(currency string, r *rand.Rand) string {
	switch currency {
	case "LRD":
		return fmt.Sprintf("%d.00", 50*(2+r.IntN(95)))
	case "RWF":
		return fmt.Sprint(100 * (5 + r.IntN(400)))
	}
	return fmt.Sprintf("%d.%02d", 1+r.IntN(60), 25*r.IntN(4))
}

var names = []string{"Amina K", "Joseph T", "Musu D", "Patience W", "Emmanuel B", "Fatu S", "Prince G", "Claudine U", "Eric N", "Hawa J"}

func drawLabel(r *rand.Rand) string {
	switch r.IntN(3) {
	case 0:
		return fmt.Sprintf("Table %d", 1+r.IntN(30))
	case 1:
		return fmt.Sprintf("Order %d", 1000+r.IntN(9000))
	}
	return names[r.IntN(len(names))]
}

// reference draws a UUID v4.
func reference(r *rand.Rand) string {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id.String()
}
