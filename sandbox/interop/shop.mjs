// What a merchant's program has in any case: calls of Dollr's API, and an ear on a
// payment. The packages are those of package supabase's own interop tests; one lock file
// says which they are.
import { createRequire } from "node:module";
import { listen, say, story } from "../supabase/interop/lines.mjs";

const require = createRequire(new URL("../supabase/interop/package.json", import.meta.url));
const { createClient } = require("@supabase/supabase-js");
const WebSocket = require("ws");

export { story };

process.stdin.on("close", () => process.exit(1)).resume(); // whoever reads us is gone

// api makes calls with a bearer token. Each answer goes out as a line, without its token.
export const api = (bearer) => async (step, method, path, body) => {
  const response = await fetch(story.api + path, {
    method,
    headers: {
      ...(body && { "Content-Type": "application/json" }),
      ...(bearer && { Authorization: `Bearer ${bearer}` }),
    },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  const { access_token: _, ...open } = answer;
  say({ step, code: response.status, answer: open });
  if (!response.ok) process.exit(1);
  return answer;
};

const finals = ["COMPLETED", "FAILED"];

// listener subscribes to a payment as Dollr's page on realtime keys says. Its promises are
// kept when the server has subscribed it and when it has told a last status.
export function listener({ session, reference, key }) {
  const supabase = createClient(story.url, story.anonKey, {
    auth: { autoRefreshToken: false, persistSession: false },
    accessToken: async () => key,
    realtime: { transport: WebSocket },
  });
  supabase.realtime.setAuth(key);
  let isReady, isFinal;
  const ready = new Promise((keep) => (isReady = keep));
  const final = new Promise((keep) => (isFinal = keep));
  const tell = (news) => {
    say(news);
    if (news.system === "ok") isReady();
    if (finals.includes(news.row?.status)) isFinal();
  };
  const channel = listen(supabase.channel(`payment-intent:${session}:${reference}`), { reference, tell });
  const leave = async () => {
    await supabase.removeChannel(channel);
    await supabase.realtime.disconnect();
  };
  return { ready, final, leave };
}

// token gets the bearer token, whose expires_in is in minutes.
export async function token() {
  const answer = await api()("token", "POST", "/v1/jwt/client/obtain/token", {
    client_id: story.id,
    client_secret: story.secret,
  });
  return answer.access_token;
}
