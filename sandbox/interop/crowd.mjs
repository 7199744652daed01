// Several payments, each with a client and a key of its own, as Dollr's documentation
// shows it. It ends when every channel has told a last status.
import { api, listener, story, token } from "./shop.mjs";

const ask = api(await token());
const listeners = await Promise.all(
  story.payments.map(async ({ session_id, source_type, reference_id }) => {
    const key = await ask("key", "POST", "/v1/realtime-keys/collection", { session_id, source_type, reference_id });
    return listener({ session: session_id, reference: reference_id, key: key.access_token });
  }),
);
await Promise.all(listeners.map((heard) => heard.final));
await Promise.all(listeners.map((heard) => heard.leave()));
process.exit(0); // idle connections of fetch would keep it alive for seconds
