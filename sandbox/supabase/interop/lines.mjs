// What both programs share: news go out as JSON lines, orders come in as JSON lines.
import readline from "node:readline";

// story is what the test wants of this run: addresses, tokens, references.
export const story = JSON.parse(process.env.STORY);

export const say = (news) => process.stdout.write(JSON.stringify(news) + "\n");

// obey calls the function that an order names, until standard input ends.
export function obey(orders) {
  const input = readline.createInterface({ input: process.stdin });
  input.on("line", (line) => {
    const { order, ...rest } = JSON.parse(line);
    orders[order](rest);
  });
  input.on("close", () => process.exit(0));
}

// listen puts on a channel what a merchant's page does, and tells all it hears.
export function listen(channel, { reference, table = "checkout_payment_intent_public_status", tell = say }) {
  return channel
    .on("system", {}, ({ status, message }) => tell({ reference, system: status, message }))
    .on(
      "postgres_changes",
      { event: "*", schema: "public", table, filter: story.unfiltered ? undefined : `reference_id=eq.${reference}` },
      (payload) => tell({ reference, change: payload.eventType, row: payload.new, old: payload.old }),
    )
    .subscribe((status, error) => tell({ reference, status, error: error?.message }));
}
