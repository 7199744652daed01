package sandbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// scenario is what one payment does, whatever its link does.
type scenario struct {
	name   string
	text   string // what happens, in plain words
	suffix string // the payer number's last three digits, or the card's name; "" is by name only
	kind   kind
	share  int // percent of the mix; 0 never comes by chance

	ending  ending
	gateway string // gateway_message of a failure
	wallet  string // wallet_message: the words a customer's operator would send
}

// kind says by what means a scenario is paid.
type kind uint8

const (
	mobile kind = iota
	card
	hosted // watched by its source alone
)

// ending is the shape of a payment's life; plan.go turns it into steps.
type ending uint8

const (
	endPaid       ending = iota // after an approval's time
	endRefused                  // the operator says no
	endQuick                    // the operator says no at once
	endLapsed                   // the customer does not answer the prompt
	endStuck                    // PROCESSING for ever
	endHeld                     // PROCESSING until a control call acts
	endLate                     // paid after six minutes
	endNew                      // an undocumented status, then paid
	endFlip                     // COMPLETED, later FAILED
	endCard                     // a card's answer, in seconds
	endLost                     // the execution never lands: 404 for ever
	endUnopened                 // a hosted page that the customer does not open
	endUnfinished               // a hosted page that is opened and left
)

// scenarios is the whole table. The suffixes 019 to 129 and 789 are pawaPay's sandbox
// numbers, the gateway behind Dollr's mobile money; the rest are ours.
var scenarios = []scenario{
	{name: "paid", text: "the customer approves the prompt", suffix: "789", share: 78, ending: endPaid},
	{name: "payer-limit", text: "the wallet's limit is reached", suffix: "019", share: 2, ending: endRefused, gateway: "PAYER_LIMIT_REACHED",
		wallet: "The customer has reached the limit of the wallet."},
	{name: "no-wallet", text: "the number has no wallet", suffix: "029", ending: endQuick, gateway: "PAYER_NOT_FOUND",
		wallet: "The number has no mobile money wallet."},
	{name: "declined", text: "the customer refuses the prompt", suffix: "039", share: 9, ending: endRefused, gateway: "PAYMENT_NOT_APPROVED",
		wallet: "The customer did not approve the payment."},
	{name: "low-balance", text: "there is too little in the wallet", suffix: "049", share: 6, ending: endRefused, gateway: "INSUFFICIENT_BALANCE",
		wallet: "The wallet's balance is too low."},
	{name: "busy-wallet", text: "another prompt is still open on the phone", suffix: "059", ending: endRefused, gateway: "TRANSACTION_ALREADY_IN_PROCESS",
		wallet: "The customer has another payment to approve first."},
	{name: "unspecified", text: "it fails, and nobody says why", suffix: "069", share: 1, ending: endRefused, gateway: "UNSPECIFIED_FAILURE",
		wallet: "The operator gave no reason."},
	{name: "lapsed", text: "nobody answers the prompt, for a minute", share: 3, ending: endLapsed, gateway: "PAYMENT_NOT_APPROVED",
		wallet: "The prompt was not answered in time."},
	{name: "stuck", text: "it stays under way for ever", suffix: "129", share: 1, ending: endStuck},
	{name: "no-prompt", text: "no prompt comes, until the customer dials for it", suffix: "139", ending: endHeld},
	{name: "late-paid", text: "paid, but only after 6 minutes", suffix: "149", ending: endLate},
	{name: "new-status", text: "a status that nobody knows, then paid", suffix: "159", ending: endNew},
	{name: "flip", text: "paid, and taken back a minute later", suffix: "169", ending: endFlip, gateway: "REVERSED",
		wallet: "The operator has taken the payment back."},
	{name: "not-landed", text: "it never arrives at Dollr", ending: endLost},

	{name: "card-paid", text: "the card pays in seconds", suffix: "pm_card_visa", kind: card, ending: endCard},
	{name: "card-declined", text: "the card is refused in seconds", suffix: "pm_card_chargeDeclined", kind: card, ending: endCard, gateway: "card_declined"},
	{name: "card-3ds", text: "the customer must approve in the bank's app", suffix: "pm_card_authenticationRequired", kind: card, ending: endHeld},

	{name: "hosted-paid", text: "the customer opens the page and pays", kind: hosted, ending: endPaid},
	{name: "hosted-canceled", text: "the customer opens the page and does not pay", kind: hosted, ending: endRefused},
	{name: "hosted-idle", text: "nobody opens the page", kind: hosted, ending: endUnopened},
	{name: "hosted-left", text: "the customer opens the page and leaves it", kind: hosted, ending: endUnfinished},
}

// Mixed is the name of a seeded draw, as a scenario and as a link: a payment drawn from
// the mix of times.go's market, or a link that is clean nine times out of ten.
const Mixed = "mixed"

// Scenarios lists what a payment by that network may do, or by any when it is empty, in
// the order a menu should show them. Mixed, which is one of them by chance, is not listed.
func Scenarios(network string) []Choice {
	var all []Choice
	n, _ := networkNamed(network)
	by := n.kind()
	if network == byPage {
		by = hosted
	}
	for _, s := range scenarios {
		if network == "" || s.kind == by {
			all = append(all, Choice{s.name, s.text})
		}
	}
	return all
}

// Mix lists the scenarios that a mixed draw may come to, the likeliest first. The caller
// owns the slice.
func Mix() []string {
	drawn := slices.DeleteFunc(slices.Clone(scenarios), func(s scenario) bool { return s.share == 0 })
	slices.SortStableFunc(drawn, func(a, b scenario) int { return b.share - a.share })
	names := make([]string, 0, len(drawn))
	for _, s := range drawn {
		names = append(names, s.name)
	}
	return names
}

// scenarioNamed finds a scenario by its name, or by what its number or card ends in: 789,
// and 19 for 019, since JSON has no number with a zero at its front.
func scenarioNamed(name string) (*scenario, error) {
	suffix := name
	if n, err := strconv.ParseUint(name, 10, 16); err == nil {
		suffix = fmt.Sprintf("%03d", n)
	}
	i := slices.IndexFunc(scenarios, func(s scenario) bool {
		return s.name == name || s.suffix != "" && s.suffix == suffix
	})
	if i < 0 {
		return nil, fmt.Errorf("unknown scenario %q; known are %s and %s", name, namesOf(Scenarios("")), Mixed)
	}
	return &scenarios[i], nil
}

// scenarioOf finds what a payer does by the account it pays from: a card by name, a wallet by its
// last three digits. Any other account is drawn from the mix, so that no number is a silent
// success.
func scenarioOf(account string, k kind, r *rand.Rand) *scenario {
	for i := range scenarios {
		s := &scenarios[i]
		if s.suffix != "" && s.kind == k && strings.HasSuffix(account, s.suffix) {
			return s
		}
	}
	return mixedScenario(k, r)
}

// mixedScenario draws one scenario from the shares. Cards and hosted pages have no
// shares in the table; theirs follow the same market's three in four.
func mixedScenario(k kind, r *rand.Rand) *scenario {
	draw := r.IntN(100)
	name := ""
	switch {
	case k == mobile:
		for i := range scenarios {
			if draw -= scenarios[i].share; draw < 0 {
				return &scenarios[i]
			}
		}
	case k == card && draw < 78:
		name = "card-paid"
	case k == card:
		name = "card-declined"
	case draw < 78:
		name = "hosted-paid"
	case draw < 96:
		name = "hosted-canceled"
	default:
		name = "hosted-left"
	}
	s, err := scenarioNamed(name)
	if err != nil {
		panic("sandbox: the shares of the mix do not add up to 100") // a fault in the table above
	}
	return s
}
