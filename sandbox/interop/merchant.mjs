// A merchant's whole way, as Dollr's documentation tells it, on supabase-js unmodified:
// bearer token, checkout, session, account, realtime key, channel, execution, and at the
// end the status API, whose word alone counts. Every step goes out as a line.
import { api, listener, story, token } from "./shop.mjs";

const phone = story.phone;
const ask = api(await token());

const checkout = await ask("checkout", "POST", "/v1/checkouts/create", {
  mode: "DIRECT",
  source_kind: "ORDER",
  party_name: "Musu D",
  party_phone: phone,
  currency: "LRD",
  items: [{ name: "Rice", currency: "LRD", amount: "1500.00" }],
});
const { source_type, source_id } = checkout;
const session = await ask("session", "POST", "/v1/sessions/checkout", { source_id, source_type });
const guess = await ask("provider", "GET", `/v1/predictions/mmo-provider-info?phone=${phone}&operation_type=COLLECTION`);
const account = await ask("account", "POST", "/v1/payment-accounts/create?operation_type=COLLECTION", {
  account_name: "Musu D",
  provider: guess.gateway_provider,
  method: guess.payment_method,
  party_id: checkout.party_id,
  country_code: guess.country,
  insensitive_account_number: phone,
});
// The reference is the merchant's own, and is there before the money moves: the channel
// can be joined first, so that not even the INSERT is missed.
const reference = crypto.randomUUID();
const key = await ask("key", "POST", "/v1/realtime-keys/collection", {
  session_id: session.id,
  source_type,
  reference_id: reference,
});
const heard = listener({ session: session.id, reference, key: key.access_token });
await heard.ready;
await ask("execution", "POST", "/v1/executions/collection", {
  session_id: String(session.id),
  payment_account_id: String(account.id), // a number in the answer, text here
  currency: checkout.currency,
  reference_id: reference,
});
await heard.final;
await ask("status", "GET", `/v1/status/collection/${reference}`);
await ask("source", "GET", `/v1/status/source?source_type=${source_type}&source_id=${source_id}`);
await heard.leave();
process.exit(0); // idle connections of fetch would keep it alive for seconds
