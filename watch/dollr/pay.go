package dollr

import (
	"context"
	stdjson "encoding/json" // encodes the requests
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tillwatch/watch"
)

// The calls of this file make a payment. Only a load run on a sandbox makes them; each is
// tried once, for asking twice may charge twice. Their errors are [*watch.Fault]s.

// CheckoutRequest is a new order or invoice.
type CheckoutRequest struct {
	Mode       string // HOSTED or DIRECT
	SourceKind string // ORDER or INVOICE
	PartyName  string
	PartyPhone watch.Phone
	Currency   string
	Items      []Item

	// All of these may be left out.
	PartyEmail string
	Reference  string // UUID v4
	Note       string
	Due        time.Time
	Expires    time.Time
	SuccessURL string // where a hosted page sends the customer
	CancelURL  string
}

// Item is one line of a checkout. Its currency is its price's.
type Item struct {
	Name  string
	Price watch.Money
}

// Checkout is what Dollr made of a CheckoutRequest.
type Checkout struct {
	ID           string
	SourceType   string
	SourceID     int64
	SourceNumber string // e.g. ORD-2025-00042
	SourceStatus string
	PartyID      string // for CreateAccount
	Total        watch.Money
	Reference    string
	URL          string    // the hosted page, for the customer alone: who has it may pay
	Expires      time.Time // wall time by Dollr's clock; zero: not said
}

// CreateCheckout makes an order or invoice (`POST /v1/checkouts/create`).
func (c *Client) CreateCheckout(ctx context.Context, request CheckoutRequest) (Checkout, error) {
	type item struct {
		Name     string         `json:"name"`
		Currency string         `json:"currency"`
		Amount   stdjson.Number `json:"amount"`
	}
	items := make([]item, 0, len(request.Items))
	for _, i := range request.Items {
		items = append(items, item{i.Name, i.Price.Currency, stdjson.Number(i.Price.Amount)})
	}
	answer, err := c.create(ctx, "making a checkout", question{
		name: "checkouts/create", path: "/v1/checkouts/create",
		body: struct {
			Mode       string `json:"mode"`
			SourceKind string `json:"source_kind"` // source_type everywhere else
			PartyName  string `json:"party_name"`
			PartyPhone string `json:"party_phone"`
			Currency   string `json:"currency"`
			Items      []item `json:"items"`
			PartyEmail string `json:"party_email,omitempty"`
			Reference  string `json:"reference_id,omitempty"`
			Note       string `json:"note,omitempty"`
			Due        string `json:"due_date,omitempty"`
			Expires    string `json:"expires_at,omitempty"`
			SuccessURL string `json:"success_url,omitempty"`
			CancelURL  string `json:"cancel_url,omitempty"`
		}{
			request.Mode, request.SourceKind, request.PartyName, request.PartyPhone.Reveal(),
			request.Currency, items, request.PartyEmail, request.Reference, request.Note,
			stamp(request.Due), stamp(request.Expires), request.SuccessURL, request.CancelURL,
		},
	}, "source_id")
	if err != nil {
		return Checkout{}, err
	}
	total, _ := answer.money("total_amount", "currency")
	return Checkout{
		ID:         answer.exact("id", idMax),
		SourceType: answer.exact("source_type", wordMax), SourceID: answer.id("source_id"),
		SourceNumber: answer.exact("source_number", idMax), SourceStatus: answer.exact("source_status", wordMax),
		PartyID: answer.exact("party_id", idMax),
		Total:   total, Reference: answer.exact("reference_id", idMax),
		URL: watch.Clean(answer.raw("url"), 2048), Expires: answer.time("expires_at"),
	}, nil
}

// stamp is a time as Dollr writes it, ISO 8601 in UTC; empty for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Session is one customer's attempt to pay a source. Execute before it expires.
type Session struct {
	ID         int64
	SourceType string
	SourceID   int64
	Status     string
	Account    string    // payment_account_id, if it has one already
	Expires    time.Time // wall time by Dollr's clock; zero: not said
}

// CreateSession opens a session for a source (`POST /v1/sessions/checkout`).
func (c *Client) CreateSession(ctx context.Context, sourceType string, sourceID int64) (Session, error) {
	answer, err := c.create(ctx, "opening a session", question{
		name: "sessions/checkout", path: "/v1/sessions/checkout",
		body: struct {
			SourceID   int64  `json:"source_id"`
			SourceType string `json:"source_type"`
		}{sourceID, sourceType},
	}, "id")
	if err != nil {
		return Session{}, err
	}
	session := Session{
		ID:         answer.id("id"),
		SourceType: answer.exact("source_type", wordMax), SourceID: answer.id("source_id"),
		Status: answer.exact("status", wordMax), Account: answer.exact("payment_account_id", idMax),
		Expires: answer.time("expires_at"),
	}
	if session.ID <= 0 {
		return Session{}, failed("opening a session", nonsense(http.StatusOK, "its id is no whole number"))
	}
	return session, nil
}

// Provider is how a phone number can pay.
type Provider struct {
	Carrier    string
	Country    string // e.g. LR
	Currencies []string
	Method     string // e.g. MTN_MOMO_LBR
	Gateway    string // e.g. PAWAPAY
}

// PredictProvider asks who serves a phone number for collections
// (`GET /v1/predictions/mmo-provider-info`). As it changes nothing it asks again by
// itself, as [Retry] does.
func (c *Client) PredictProvider(ctx context.Context, phone watch.Phone) (Provider, error) {
	const doing = "looking up a phone's provider"
	answer, err := Retry(ctx, func(ctx context.Context) (object, error) {
		r, fault := c.ask(ctx, question{
			name: "predictions/mmo-provider-info", method: http.MethodGet, path: "/v1/predictions/mmo-provider-info",
			query: url.Values{"phone": {phone.Reveal()}, "operation_type": {"COLLECTION"}},
		})
		answer, fault := c.made(r, fault, "payment_method")
		return answer, failed(doing, fault)
	})
	if err != nil {
		return Provider{}, err
	}
	provider := Provider{
		Carrier: answer.word("carrier", wordMax), Country: answer.exact("country", wordMax),
		Method: answer.exact("payment_method", wordMax), Gateway: answer.exact("gateway_provider", wordMax),
	}
	var currencies []jsontext.Value
	if json.Unmarshal(answer.fields["currencies"], &currencies) == nil {
		for _, code := range currencies[:min(len(currencies), 16)] {
			provider.Currencies = append(provider.Currencies, c.tidy(plainText(code), wordMax))
		}
	}
	return provider, nil
}

// AccountRequest is a new payment account: where the money is to come from.
type AccountRequest struct {
	Name     string
	Provider string // e.g. PAWAPAY
	Method   string // e.g. MTN_MOMO_LBR
	PartyID  string // of the Checkout
	Country  string // e.g. LR
	Phone    watch.Phone
}

// Account is a payment account: reusable for mobile money, one an attempt for cards.
type Account struct {
	ID     string
	Active bool
}

// CreateAccount makes a payment account for collections (`POST /v1/payment-accounts/create`).
func (c *Client) CreateAccount(ctx context.Context, request AccountRequest) (Account, error) {
	answer, err := c.create(ctx, "making a payment account", question{
		name: "payment-accounts/create", path: "/v1/payment-accounts/create",
		query: url.Values{"operation_type": {"COLLECTION"}},
		body: struct {
			Name     string `json:"account_name"`
			Provider string `json:"provider"`
			Method   string `json:"method"`
			PartyID  any    `json:"party_id"`
			Country  string `json:"country_code"`
			Number   string `json:"insensitive_account_number"`
		}{request.Name, request.Provider, request.Method, asItCame(request.PartyID), request.Country, request.Phone.Reveal()},
	}, "id")
	if err != nil {
		return Account{}, err
	}
	return Account{ID: answer.exact("id", idMax), Active: answer.flag("is_active")}, nil
}

// asItCame gives an id the JSON type in which Dollr writes such ids: whole numbers are
// numbers. The type of party_id is not documented.
func asItCame(id string) any {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(n, 10) == id {
		return n
	}
	return id
}

// ExecutionRequest asks the customer for the money. Store Reference before it is sent: if
// the answer is lost, only the status of that reference tells what happened.
type ExecutionRequest struct {
	Session   int64
	Account   string
	Currency  string
	Reference string // UUID v4, a new one for each attempt
}

// Execute starts the payment (`POST /v1/executions/collection`) and returns its first
// status. It is never sent twice for want of an answer; after any error but a
// FaultRejected ask [Client.Collection] with the same reference first.
func (c *Client) Execute(ctx context.Context, request ExecutionRequest) (watch.Answer, error) {
	const doing, path = "executing a payment", "/v1/executions/collection"
	r, fault := c.ask(ctx, question{
		name: "executions/collection", method: http.MethodPost, path: path,
		body: struct {
			Session   string `json:"session_id"` // text here, an integer for realtime keys
			Account   string `json:"payment_account_id"`
			Currency  string `json:"currency"`
			Reference string `json:"reference_id"`
		}{strconv.FormatInt(request.Session, 10), request.Account, request.Currency, request.Reference},
	})
	from, fault := c.made(r, fault, "status")
	if fault == nil && !from.isText("status") {
		fault = nonsense(r.code, "its status is no text")
	}
	if fault != nil {
		return watch.Answer{}, failed(doing, fault)
	}
	answer := watch.Answer{At: c.wall(), Took: r.took, Code: r.code, Path: path, Status: from.exact("status", wordMax)}
	execution(from, &answer)
	return answer, nil
}

// create makes a POST whose answer has to have the field need.
func (c *Client) create(ctx context.Context, doing string, q question, need string) (object, error) {
	q.method = http.MethodPost
	r, fault := c.ask(ctx, q)
	answer, fault := c.made(r, fault, need)
	return answer, failed(doing, fault)
}

// made reads the answer of a call that is no status: any 2xx with a JSON object that has
// the field need.
func (c *Client) made(r reply, fault *watch.Fault, need string) (object, *watch.Fault) {
	switch {
	case fault != nil:
		return object{}, fault
	case !r.ok():
		return object{}, c.faultOf(r)
	}
	answer, ok := c.parse(r.body)
	if !ok || answer.raw(need) == "" {
		return object{}, nonsense(r.code, "it is no JSON object with "+need)
	}
	return answer, nil
}
