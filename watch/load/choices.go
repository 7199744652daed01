package load

import "slices"

// Choice is one of several things to choose from, in plain words for a person.
type Choice struct {
	Name string // as it is given
	Text string
}

// scenario is what a payment does. Who plays along, our sandbox or another test environment,
// chooses it by the payer: a number's last three digits, or a card's name.
type scenario struct {
	name, text string
	suffix     string    // of a number; empty: only a card does it
	card       *cardKind // the card that does the same; nil: none does
}

// cardKind is a test card.
type cardKind struct{ name, number string }

var (
	cardPaid     = &cardKind{"card-paid", "pm_card_visa"}
	cardDeclined = &cardKind{"card-declined", "pm_card_chargeDeclined"}
	card3DS      = &cardKind{"card-3ds", "pm_card_authenticationRequired"}
)

// scenarios are those that a payer can choose. What needs the environment's own hand, such
// as an execution that never lands, is not among them. Where a card pays, a scenario of numbers
// is that of the card that does the same.
var scenarios = []scenario{
	{"paid", "the customer approves the prompt", "789", cardPaid},
	{"payer-limit", "the wallet's limit is reached", "019", cardDeclined},
	{"no-wallet", "the number has no wallet", "029", cardDeclined},
	{"declined", "the customer refuses the prompt", "039", cardDeclined},
	{"low-balance", "there is too little in the wallet", "049", cardDeclined},
	{"busy-wallet", "another prompt is still open on the phone", "059", cardDeclined},
	{"unspecified", "it fails, and nobody says why", "069", cardDeclined},
	{"stuck", "it stays under way for ever", "129", nil},
	{"no-prompt", "no prompt comes, until somebody lets it", "139", card3DS},
	{"late-paid", "paid, but only after 6 minutes", "149", nil},
	{"new-status", "a status that nobody knows, then paid", "159", cardPaid},
	{"flip", "paid, and taken back a minute later", "169", nil},

	{"card-paid", "the card pays in seconds", "", cardPaid},
	{"card-declined", "the card is refused in seconds", "", cardDeclined},
	{"card-3ds", "the customer must approve in the bank's app", "", card3DS},
}

// method is a way to pay.
type method struct {
	name, text                string
	method, provider, country string // in Dollr's words
	currencies                []string
	number                    string // nine digits before a scenario's three; empty: a card
	hosted                    bool   // the customer pays on Dollr's page and chooses there
}

// methods are Dollr's markets. The numbers are the gateway's test numbers, and for Liberia,
// which has none, the sandbox's own.
var methods = []method{
	{"mtn-lr", "MTN MoMo, Liberia", "MTN_MOMO_LBR", "PAWAPAY", "LR", []string{"USD", "LRD"}, "231883456", false},
	{"orange-lr", "Orange Money, Liberia", "ORANGE_MONEY_LBR", "PAWAPAY", "LR", []string{"USD", "LRD"}, "231773456", false},
	{"mtn-rw", "MTN MoMo, Rwanda", "MTN_MOMO_RWA", "PAWAPAY", "RW", []string{"RWF"}, "250783456", false},
	{"airtel-rw", "Airtel Money, Rwanda", "AIRTEL_RWA", "PAWAPAY", "RW", []string{"RWF"}, "250733456", false},
	{"card", "a bank card", "CREDIT_CARD", "STRIPE", "US", []string{"USD"}, "", false},
	{"hosted", "a hosted page, where the customer chooses", "", "", "", []string{"USD", "LRD"}, "231883456", true},
}

// Scenarios lists what a payment may do, in the order a menu should show it.
func Scenarios() []Choice {
	var all []Choice
	for _, s := range scenarios {
		all = append(all, Choice{s.name, s.text})
	}
	return all
}

// Methods lists what a payment may be paid by, in the order a menu should show it.
func Methods() []Choice {
	var all []Choice
	for _, m := range methods {
		all = append(all, Choice{m.name, m.text})
	}
	return all
}

// DefaultScenarios is a market's usual mix of those that end by themselves, so that a run
// of it can be waited for. The caller owns it.
func DefaultScenarios() Mix {
	return Mix{{"paid", 78}, {"declined", 9}, {"low-balance", 6}, {"payer-limit", 3}, {"no-wallet", 2}, {"unspecified", 2}}
}

// DefaultMethods is mobile money of both markets, and some cards. The caller owns it.
func DefaultMethods() Mix {
	return Mix{{"mtn-lr", 4}, {"orange-lr", 3}, {"mtn-rw", 1}, {"airtel-rw", 1}, {"card", 1}}
}

func scenarioNamed(name string) (scenario, bool) {
	i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })
	if i < 0 {
		return scenario{}, false
	}
	return scenarios[i], true
}

func methodNamed(name string) (*method, bool) {
	i := slices.IndexFunc(methods, func(m method) bool { return m.name == name })
	if i < 0 {
		return nil, false
	}
	return &methods[i], true
}
