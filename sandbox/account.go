package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// phones are E.164 digits without the plus.
var phones = regexp.MustCompile(`^[1-9][0-9]{7,14}$`)

// network is a way to pay, as Dollr's market table has it.
type network struct {
	name, text                         string // for people; none where it takes a phone to start a payment
	method, provider, carrier, country string
	currencies                         []string
	prefixes                           []string // of its numbers
	example                            string   // nine digits before a scenario's three
}

// networks holds Dollr's markets. The prefixes are the operators' own; the Liberian
// example numbers are ours, for pawaPay's public test numbers have none.
var networks = []network{
	{"mtn-lr", "MTN MoMo, Liberia", "MTN_MOMO_LBR", "PAWAPAY", "MTN", "LR", []string{"USD", "LRD"}, []string{"23188", "23155"}, "231883456"},
	{"orange-lr", "Orange Money, Liberia", "ORANGE_MONEY_LBR", "PAWAPAY", "Orange", "LR", []string{"USD", "LRD"}, []string{"23177"}, "231773456"},
	{"mtn-rw", "MTN MoMo, Rwanda", "MTN_MOMO_RWA", "PAWAPAY", "MTN", "RW", []string{"RWF"}, []string{"25078", "25079"}, "250783456"},
	{"airtel-rw", "Airtel Money, Rwanda", "AIRTEL_RWA", "PAWAPAY", "Airtel", "RW", []string{"RWF"}, []string{"25073", "25072"}, "250733456"},
	{"", "", "ORANGE_MONEY_RWA", "PAWAPAY", "Orange", "RW", []string{"RWF"}, nil, ""},
	{"card", "a bank card", "CREDIT_CARD", "STRIPE", "Card", "", nil, nil, ""},
	{"", "", "WALLET", "PLATFORM", "Dollr", "", nil, nil, ""},
}

func networkOf(method string) (network, bool) {
	i := slices.IndexFunc(networks, func(n network) bool { return n.method == method })
	if i < 0 {
		return network{}, false
	}
	return networks[i], true
}

// byPage is what a hosted checkout is called where a network is asked for: its customer
// chooses the network on the page.
const byPage = "hosted"

// Networks lists what a payment can be started by, in the order a menu should show it. The
// caller owns the slice.
func Networks() []Choice {
	var all []Choice
	for _, n := range networks {
		if n.name != "" {
			all = append(all, Choice{n.name, n.text})
		}
	}
	return append(all, Choice{byPage, "a hosted page, where the customer chooses"})
}

// networkNamed finds a network by its name or, as in Dollr's calls, by its method.
func networkNamed(name string) (network, bool) {
	i := slices.IndexFunc(networks, func(n network) bool { return n.name == name || n.method == name })
	if i < 0 || name == "" {
		return network{}, false
	}
	return networks[i], true
}

// kind is how the network's customers pay.
func (n network) kind() kind {
	if n.method == "CREDIT_CARD" {
		return card
	}
	return mobile
}

// methods lists the methods of payment there are.
func methods() []string {
	all := make([]string, len(networks))
	for i, n := range networks {
		all[i] = n.method
	}
	return all
}

// takes says whether the network pays in a currency; cards and wallets pay in any.
func (n network) takes(currency string) bool {
	return n.currencies == nil || slices.Contains(n.currencies, currency)
}

// networkOfPhone finds the operator of a number by its prefix.
func networkOfPhone(phone string) (network, bool) {
	for _, n := range networks {
		for _, prefix := range n.prefixes {
			if strings.HasPrefix(phone, prefix) {
				return n, true
			}
		}
	}
	return network{}, false
}

// predict serves GET /v1/predictions/mmo-provider-info.
func predict(c *call) {
	query := c.r.URL.Query()
	phone, operation := query.Get("phone"), query.Get("operation_type")
	var faults []invalid
	switch {
	case phone == "":
		faults = append(faults, missing("query", "phone"))
	case !phones.MatchString(phone):
		faults = append(faults, wrong("query", "phone", "value is not a phone number in E.164 digits"))
	}
	faults = append(faults, collectionOnly(operation)...)
	if len(faults) > 0 {
		c.refuse(faults...)
		return
	}
	n, ok := networkOfPhone(phone)
	if !ok {
		c.fail(http.StatusNotFound, "No mobile money provider was found for this phone number")
		return
	}
	c.reply(http.StatusOK, map[string]any{
		"carrier": n.carrier, "country": n.country, "currencies": n.currencies, "phone": phone,
		"payment_method": n.method, "gateway_provider": n.provider, "operation_type": operation,
	})
}

// collectionOnly refuses what the sandbox does not do: it takes money in and never pays out.
func collectionOnly(operation string) []invalid {
	switch operation {
	case "COLLECTION":
		return nil
	case "":
		return []invalid{missing("query", "operation_type")}
	}
	return []invalid{wrong("query", "operation_type", "the sandbox serves COLLECTION only")}
}

// createAccount serves POST /v1/payment-accounts/create.
func createAccount(c *call) {
	f, ok := c.body()
	if !ok {
		return
	}
	f.faults = collectionOnly(c.r.URL.Query().Get("operation_type"))
	f.text("account_name")
	provider := f.oneOf("provider", "PAWAPAY", "STRIPE", "PLATFORM")
	method := f.oneOf("method", methods()...)
	f.integer("party_id")
	country := f.text("country_code")
	number := f.text("insensitive_account_number")
	if n, ok := networkOf(method); ok {
		switch {
		case n.provider != provider:
			f.wrong("provider", method+" is not served by this provider")
		case n.country != "" && n.country != country:
			f.wrong("country_code", method+" is not offered in this country")
		case n.provider == "PAWAPAY" && !phones.MatchString(number):
			f.wrong("insensitive_account_number", "value is not a phone number in E.164 digits")
		}
	}
	if len(f.faults) > 0 {
		c.refuse(f.faults...)
		return
	}
	c.s.mu.Lock()
	a := c.s.makeAccount(method, number, country)
	c.s.mu.Unlock()
	c.reply(http.StatusOK, map[string]any{
		"id": a.id, "is_active": true, "method": method, "provider": provider, "country_code": country,
	})
}

// makeAccount keeps an account. The caller holds mu.
func (s *Server) makeAccount(method, number, country string) *account {
	s.numbers.account++
	a := &account{id: s.numbers.account, method: method, number: number, country: country}
	s.accounts[a.id] = a
	return a
}
