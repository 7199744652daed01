// The merchant's usual snippet, as Dollr's documentation shows it, on supabase-js unmodified.
import { createClient } from "@supabase/supabase-js";
import WebSocket from "ws";
import { listen, obey, story } from "./lines.mjs";

let token = story.token;
const supabase = createClient(story.url, story.anonKey, {
  auth: { autoRefreshToken: false, persistSession: false },
  accessToken: async () => token,
  realtime: { transport: WebSocket, ...story.realtime },
});
supabase.realtime.setAuth(token);

const channel = supabase.channel(`payment-intent:${story.session}:${story.reference}`);
listen(channel, story);

obey({
  leave: () => supabase.removeChannel(channel),
  renew: (order) => {
    token = order.token;
    supabase.realtime.setAuth(token);
  },
});
