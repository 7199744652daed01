// Several payments on one socket, each with a token of its own: realtime-js alone, without
// an accessToken callback, and the token in the join's payload.
import { RealtimeClient } from "@supabase/realtime-js";
import WebSocket from "ws";
import { listen, obey, story } from "./lines.mjs";

const client = new RealtimeClient(`${story.url.replace("http", "ws")}/realtime/v1`, {
  params: { apikey: story.anonKey },
  transport: WebSocket,
});
for (const { reference, token } of story.payments) {
  const channel = client.channel(`payment-intent:${story.session}:${reference}`);
  channel.updateJoinPayload({ access_token: token });
  listen(channel, { reference });
}

obey({});
