package load

import (
	"math"
	"slices"
	"strings"
	"testing"

	"tillwatch/watch"
)

// The same seed brings the same payments, whatever was drawn before; another brings others.
func TestDeck_TheSameSeedBringsTheSamePayments(t *testing.T) {
	plan := Plan{Mix: DefaultScenarios(), Methods: Mix{{"mtn-lr", 1}, {"airtel-rw", 1}, {"card", 1}, {"hosted", 1}}, Seed: 4}
	first, err := newDeck(plan)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := newDeck(plan)
	plan.Seed = 5
	other, _ := newDeck(plan)
	same := 0
	for n := 500; n > 0; n-- {
		second.draw(n)
	}
	for n := 1; n <= 500; n++ {
		a := first.draw(n)
		if b := second.draw(n); a != b {
			t.Fatalf("payment %d is %+v and %+v", n, a, b)
		}
		if a == other.draw(n) {
			same++
		}
	}
	if same > 100 {
		t.Errorf("with another seed %d of 500 are the same", same)
	}
}

// Each payment can be: an amount that its currency has, and somebody who pays as it was drawn.
func TestDeck_DrawsWhatAMarketHas(t *testing.T) {
	mix := Mix{}
	for _, s := range scenarios {
		mix = append(mix, Share{s.name, 1})
	}
	all := Mix{}
	for _, m := range methods {
		all = append(all, Share{m.name, 1})
	}
	d, err := newDeck(Plan{Mix: mix, Methods: all, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for n := range 3000 {
		o := d.draw(n)
		seen[o.method.name+" "+o.scenario]++
		money, err := watch.ParseMoney(o.amount.Amount, o.amount.Currency)
		if err != nil || money != o.amount || !slices.Contains(o.method.currencies, o.amount.Currency) {
			t.Fatalf("%s pays %+v: %v", o.method.name, o.amount, err)
		}
		if whole := !strings.Contains(o.amount.Amount, "."); whole != (o.amount.Currency == "RWF") {
			t.Fatalf("%+v has not the decimals of its currency", o.amount)
		}
		if len(o.party) != 12 || o.method.card() != strings.HasPrefix(o.account.Reveal(), "pm_card_") {
			t.Fatalf("%s is paid from %v by %v", o.method.name, o.account, o.party)
		}
	}
	if len(seen) != 5*(len(scenarios)-3)+3 { // three cards
		t.Errorf("of all there are, %d came: %v", len(seen), seen)
	}
}

// Where cards alone pay, the names of cards and those of numbers bring the same cards.
func TestDeck_ACardHasItsOwnNamesToo(t *testing.T) {
	for text, want := range map[string]string{
		"card-paid": "card-paid", "paid": "card-paid", "card-declined": "card-declined", "low-balance": "card-declined",
		"card-3ds": "card-3ds", "no-prompt": "card-3ds", "card-3ds,stuck=0": "card-3ds",
	} {
		mix, err := ParseScenarios(text)
		if err != nil {
			t.Fatal(err)
		}
		d, err := newDeck(Plan{Mix: mix, Methods: Mix{{"card", 1}}})
		if err != nil {
			t.Fatal(err)
		}
		if o := d.draw(1); o.scenario != want {
			t.Errorf("%s is played as %s, want %s", text, o.scenario, want)
		}
	}
}

// Weights mean what they say.
func TestMix_DrawsByWeight(t *testing.T) {
	mix, err := ParseScenarios("paid=6, declined=3,stuck=0,no-prompt")
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDeck(Plan{Mix: mix, Methods: Mix{{"mtn-rw", 1}}, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]float64{}
	for n := range 10_000 {
		seen[d.draw(n).scenario]++
	}
	for name, want := range map[string]float64{"paid": 6000, "declined": 3000, "no-prompt": 1000, "stuck": 0} {
		if math.Abs(seen[name]-want) > want/10 {
			t.Errorf("%s came %v times of 10,000", name, seen[name])
		}
	}
}

func TestParseMix_SaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":               `unknown scenario ""; known are paid, payer-limit,`,
		"pade=3":         `unknown scenario "pade"; known are paid,`,
		"paid=much":      `scenario paid: the weight "much" is no number, such as 2 or 0.5`,
		"paid=-1":        "scenario paid: a weight must be a number from 0 on",
		"paid=NaN":       "scenario paid: a weight must be a number from 0 on",
		"paid=Inf":       "scenario paid: a weight must be a number from 0 on",
		"paid,paid=2":    "scenario paid is given twice",
		"paid=0":         "no scenario has a weight above 0",
		"paid,\x1b[2Jx":  `unknown scenario "`,
		"paid,not-there": `unknown scenario "not-there"`,
	} {
		_, err := ParseScenarios(text)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: %v, want %s…", text, err, want)
		}
	}
	if _, err := ParseMethods("visa"); err == nil || err.Error() != `unknown method "visa"; known are mtn-lr, orange-lr, mtn-rw, airtel-rw, card, hosted` {
		t.Errorf("%v", err)
	}
}

func TestNew_RefusesAPlanThatCannotBe(t *testing.T) {
	shop, hand := Shop(nil), func(watch.Payment, func()) (watch.Addition, error) { return 0, nil }
	if _, err := New(Config{Hand: hand}); err == nil {
		t.Error("a run without a shop")
	}
	shop = struct{ Shop }{}
	for want, plan := range map[string]Plan{
		"a rate of arrivals must be from 0 to 10000 a second":                                          {Rate: 10_001},
		"a rate of arrivals must be from 0 to 10000 a second ":                                         {Ramp: math.NaN()},
		"a time of the plan is below 0":                                                                {For: -1},
		"the number of payments is below 0":                                                            {Payments: -1},
		"with a ramp to 0 so many payments may never come: say":                                        {Rate: 9, RampOver: 1, Payments: 1},
		"method card: no scenario of the mix can be paid by it; it can do paid, payer-limit, ":         {Mix: Mix{{"stuck", 1}}, Methods: Mix{{"card", 1}}},
		"method hosted: no scenario of the mix can be paid by it; those are for the method card alone": {Mix: Mix{{"card-3ds", 1}}, Methods: Mix{{"card", 1}, {"hosted", 1}}},
		"scenario stuck: no method of the mix can do it; a card cannot, all others can":                {Mix: Mix{{"paid", 8}, {"stuck", 1}}, Methods: Mix{{"card", 1}, {"mtn-lr", 0}}},
		"scenario card-3ds: no method of the mix can do it; it is for the method card alone":           {Mix: Mix{{"paid", 8}, {"card-3ds", 1}}, Methods: Mix{{"mtn-lr", 1}}},
		`unknown scenario "x"; known are`:                                                              {Mix: Mix{{"x", 1}}},
		`unknown method "x"; known are`:                                                                {Methods: Mix{{"x", 1}}},
	} {
		if _, err := New(Config{Shop: shop, Hand: hand, Plan: plan}); err == nil || !strings.HasPrefix(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%+v: %v, want %s", plan, err, want)
		}
	}
}
