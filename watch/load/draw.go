package load

import (
	"cmp"
	"fmt"
	"math/rand/v2"

	"tillwatch/watch"
)

// order is one payment before it is made: who buys what, and how that will end.
type order struct {
	number   int
	scenario string // by the name that the sandbox will know it by
	method   *method
	kind     string // INVOICE or ORDER
	amount   watch.Money
	party    watch.Phone // the customer's number
	account  watch.Phone // where the money comes from: the same number, or a card's name
}

// deck draws payments: the one with a number is always the same, whatever came before it
// and when.
type deck struct {
	seed    uint64
	methods Mix
	of      []hand // by the index of a method
}

// hand is a method with what may be drawn for it.
type hand struct {
	method    *method
	mix       Mix
	scenarios []scenario // by the index of a share
}

// newDeck refuses a mix of which some method can do nothing, and a scenario that no method can
// do. What no card can do is left out where a card pays, and what only a card can do elsewhere.
func newDeck(p Plan) (*deck, error) {
	if err := p.Mix.check("scenario", Scenarios()); err != nil {
		return nil, err
	}
	if err := p.Methods.check("method", Methods()); err != nil {
		return nil, err
	}
	d := &deck{seed: p.Seed, methods: p.Methods}
	for _, share := range p.Methods {
		m, _ := methodNamed(share.Name)
		h := hand{method: m}
		for _, s := range p.Mix {
			sc, _ := scenarioNamed(s.Name)
			if !m.can(sc) {
				continue
			}
			h.mix, h.scenarios = append(h.mix, s), append(h.scenarios, sc)
		}
		if share.Weight > 0 && h.mix.check("scenario", Scenarios()) != nil {
			return nil, fmt.Errorf("method %s: no scenario of the mix can be paid by it; %s", m.name, m.remedy())
		}
		d.of = append(d.of, h)
	}
	for _, s := range p.Mix {
		if sc, _ := scenarioNamed(s.Name); s.Weight > 0 && !p.Methods.can(sc) {
			return nil, fmt.Errorf("scenario %s: no method of the mix can do it; %s", sc.name, sc.remedy())
		}
	}
	return d, nil
}

// can reports whether that scenario can be paid by the method.
func (m *method) can(s scenario) bool {
	if m.card() {
		return s.card != nil
	}
	return s.suffix != ""
}

// remedy says what it could do, of a method that can do nothing of a mix.
func (m *method) remedy() string {
	if !m.card() {
		return "those are for the method card alone"
	}
	var all []Choice
	for _, s := range scenarios {
		if m.can(s) {
			all = append(all, Choice{s.name, s.text})
		}
	}
	return "it can do " + namesOf(all)
}

// can reports whether that scenario can be paid by some method of the mix.
func (m Mix) can(s scenario) bool {
	for _, share := range m {
		if by, known := methodNamed(share.Name); known && share.Weight > 0 && by.can(s) {
			return true
		}
	}
	return false
}

// remedy says by what a scenario can be paid.
func (s *scenario) remedy() string {
	if s.suffix == "" {
		return "it is for the method card alone"
	}
	return "a card cannot, all others can"
}

func (m *method) card() bool { return m.number == "" }

// draw is the payment with a number.
func (d *deck) draw(number int) order {
	r := rand.New(rand.NewPCG(d.seed, uint64(number)*0x9e3779b97f4a7c15))
	h := d.of[d.methods.draw(r)]
	sc := h.scenarios[h.mix.draw(r)]
	o := order{
		number: number, scenario: sc.name, method: h.method, kind: "ORDER",
		amount: drawAmount(h.method.currencies[r.IntN(len(h.method.currencies))], r),
		party:  watch.Phone(h.method.number + sc.suffix),
	}
	if r.IntN(3) == 0 {
		o.kind = "INVOICE"
	}
	o.account = o.party
	if h.method.card() {
		o.scenario, o.account = sc.card.name, watch.Phone(sc.card.number)
		o.party = watch.Phone(methods[0].number + cmp.Or(sc.suffix, "789")) // a shop asks for one all the same
	}
	return o
}

// drawAmount is a price as a shop has them, at its currency's scale.
func drawAmount(currency string, r *rand.Rand) watch.Money {
	amount := ""
	switch currency {
	case "LRD":
		amount = fmt.Sprintf("%d.00", 50*(2+r.IntN(95)))
	case "RWF":
		amount = fmt.Sprint(100 * (5 + r.IntN(400)))
	default:
		amount = fmt.Sprintf("%d.%02d", 1+r.IntN(60), 25*r.IntN(4))
	}
	return watch.Money{Amount: amount, Currency: currency}
}
