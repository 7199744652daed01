// A merchant's program on the official client. It does what `tillwatch watch --json -f -`
// does, as Dollr's page on realtime keys tells it: payments come as JSON Lines on standard
// input; each gets a key, a channel and a filter; a last status on the channel makes it ask
// the status API, whose word goes out as one JSON line. It ends when its input has ended and
// every payment has its result. The argument is the form:
//
//   plain  a SupabaseClient for each payment, as on Dollr's page
//   tuned  one SupabaseClient, each channel with a token of its own
//   raw    realtime-js alone, a client for each hundred channels, the most that the real
//          server allows on one connection
import http from "node:http";
import { createRequire } from "node:module";
import readline from "node:readline";

const require = createRequire(new URL("../../supabase/interop/package.json", import.meta.url));
const WebSocket = require("ws"); // Node 20 has none of its own
const { DOLLR_BASE_URL, DOLLR_CLIENT_ID, DOLLR_CLIENT_SECRET, SUPABASE_URL, SUPABASE_ANON_KEY } = process.env;

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

// Connections are kept and bounded: fetch would open one for each call of a burst.
const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });
let bearer;

function ask(method, path, body) {
  return new Promise((keep, fail) => {
    const headers = { ...(body && { "Content-Type": "application/json" }), ...(bearer && { Authorization: `Bearer ${bearer}` }) };
    const request = http.request(DOLLR_BASE_URL + path, { method, agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => (text += part));
      response.on("end", () => {
        if (response.statusCode === 200) keep(JSON.parse(text));
        else fail(new Error(`${method} ${path}: HTTP ${response.statusCode}`));
      });
    });
    request.on("error", fail);
    request.end(body && JSON.stringify(body));
  });
}

const options = { auth: { autoRefreshToken: false, persistSession: false }, realtime: { transport: WebSocket } };

// withToken gives a channel its own token. The client must have none, for it would put its
// own in place.
const withToken = (channel, key) => {
  channel.updateJoinPayload({ access_token: key });
  return channel;
};

// Each form gives a channel for a topic and a key, and a way to leave it.
const forms = {
  plain() {
    const { createClient } = require("@supabase/supabase-js");
    return (topic, key) => {
      const supabase = createClient(SUPABASE_URL, SUPABASE_ANON_KEY, { ...options, accessToken: async () => key });
      supabase.realtime.setAuth(key);
      return [supabase.channel(topic), () => supabase.removeAllChannels()]; // and disconnects
    };
  },
  tuned() {
    const { createClient } = require("@supabase/supabase-js");
    const supabase = createClient(SUPABASE_URL, SUPABASE_ANON_KEY, { ...options, accessToken: async () => null });
    return (topic, key) => {
      const channel = withToken(supabase.channel(topic), key);
      return [channel, () => supabase.removeChannel(channel)];
    };
  },
  raw() {
    const { RealtimeClient } = require("@supabase/realtime-js");
    const address = `${SUPABASE_URL.replace("http", "ws")}/realtime/v1`;
    let client;
    return (topic, key) => {
      if (!client || client.getChannels().length >= 100) {
        client = new RealtimeClient(address, { params: { apikey: SUPABASE_ANON_KEY }, transport: WebSocket });
      }
      const mine = client;
      const channel = withToken(mine.channel(topic), key);
      return [channel, () => mine.removeChannel(channel)];
    };
  },
};

const verdicts = { COMPLETED: "PAID", FAILED: "NOT PAID" };
const open = forms[process.argv[2]]();
let unresolved = 0;
let handedOver = false;

function endWhenDone() {
  if (handedOver && unresolved === 0) process.exit(0); // kept connections would hold it for seconds
}

async function watch({ session_id, reference_id, source_type }) {
  const key = await ask("POST", "/v1/realtime-keys/collection", { session_id, source_type, reference_id });
  const [channel, leave] = open(`payment-intent:${session_id}:${reference_id}`, key.access_token);
  let asking = false;
  let ended = false;
  let polling;

  // verify asks for the one word that counts.
  async function verify() {
    if (asking || ended) return;
    asking = true;
    const { status, payer_amount, payer_currency } = await ask("GET", `/v1/status/collection/${reference_id}`);
    asking = false;
    if (!verdicts[status]) return;
    ended = true;
    clearInterval(polling);
    say({ reference_id, verdict: verdicts[status], status, amount: String(payer_amount), currency: payer_currency });
    await leave();
    unresolved--;
    endWhenDone();
  }

  channel
    .on("system", {}, ({ status }) => status === "ok" && say({ reference_id, link: "LIVE" }))
    .on(
      "postgres_changes",
      { event: "*", schema: "public", table: "checkout_payment_intent_public_status", filter: `reference_id=eq.${reference_id}` },
      ({ new: row }) => verdicts[row.status] && verify(),
    )
    .subscribe((status) => {
      if (ended || status === "CLOSED") return;
      if (status === "SUBSCRIBED") {
        clearInterval(polling);
        polling = undefined;
        return;
      }
      say({ reference_id, trouble: status });
      polling ??= setInterval(verify, 2000);
    });
}

const token = await ask("POST", "/v1/jwt/client/obtain/token", { client_id: DOLLR_CLIENT_ID, client_secret: DOLLR_CLIENT_SECRET });
bearer = token.access_token;
const input = readline.createInterface({ input: process.stdin });
input.on("line", (line) => {
  unresolved++;
  watch(JSON.parse(line)); // a failed call ends the program, with its words on standard error
});
input.on("close", () => {
  handedOver = true;
  endWhenDone();
});
