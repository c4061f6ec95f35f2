import { defineCommand } from "citty";
import type { Hub, Scheduled } from "../../web/client/mod.ts";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection } from "./connection.ts";
import { UsageError } from "./failure.ts";
import { formatTime, paint, printable } from "./screen.ts";
import { parseTimeToCome } from "./times.ts";

const json = { type: "boolean", description: "Print JSON" } as const;
const id = { type: "positional", required: true, description: "Its id, of scheduled list" } as const;
/** The hub's own limit. */
const PAGE = 500;
/** Longest part of a message that a list shows, in characters. */
const SHOWN = 60;

const list = defineCommand({
  meta: { name: "list", description: "List what waits for its time, what is due first" },
  args: {
    channel: { type: "string", description: "Only this channel", valueHint: "name" },
    ...hubArgs,
    json: { type: "boolean", description: "One JSON object per line" },
  },
  async run({ args }) {
    const action = "list what is scheduled";
    await callHub(readConnection(args, action), action, async (hub) => {
      for await (const item of readAll(hub, args.channel)) console.log(args.json ? JSON.stringify(item) : format(item));
    });
  },
});

const move = defineCommand({
  meta: { name: "move", description: "Deliver it at another time" },
  args: {
    id,
    time: { type: "positional", required: true, description: "2027-01-31T13:00, or 10m from now" },
    ...hubArgs,
    json,
  },
  async run({ args }) {
    const path = ["belfry", "scheduled", "move"];
    const given = {
      scheduledId: parseId(args.id, path),
      deliverAt: parseTimeToCome(args.time, { flag: "TIME", path }),
    };
    const action = `reschedule ${given.scheduledId}`;
    const moved = await callHub(readConnection(args, action), action, (hub) =>
      hub.trpc.notifications.reschedule.mutate(given),
    );
    console.log(args.json ? JSON.stringify(moved) : `${moved.scheduledId} is due at ${formatTime(moved.deliverAt)}`);
  },
});

const cancel = defineCommand({
  meta: { name: "cancel", description: "Take back what was not delivered yet" },
  args: { id, ...hubArgs, json },
  async run({ args }) {
    const scheduledId = parseId(args.id, ["belfry", "scheduled", "cancel"]);
    const action = `cancel ${scheduledId}`;
    const cancelled = await callHub(readConnection(args, action), action, (hub) =>
      hub.trpc.notifications.cancel.mutate({ scheduledId }),
    );
    console.log(args.json ? JSON.stringify(cancelled) : `${scheduledId} is cancelled`);
  },
});

/** `belfry scheduled` */
export const scheduled = defineCommand({
  meta: { name: "scheduled", description: "List, move and cancel what waits for its time" },
  subCommands: { list, move, cancel },
});

async function* readAll(hub: Hub, channel: string | undefined): AsyncGenerator<Scheduled, void> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const filter = { ...(channel !== undefined && { channel }), ...(cursor !== undefined && { cursor }) };
    const page = await hub.trpc.notifications.scheduled.query({ limit: PAGE, ...filter });
    yield* page.items;
    cursor = page.next;
  }
}

function format({ scheduledId, deliverAt, channel, sender, title, message = "", event }: Scheduled): string {
  const text = printable(title ?? (message || event)).replaceAll("\n", " ");
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  const words = [paint("dim", formatTime(deliverAt)), paint("bold", channel), printable(sender), shown];
  return `${String(scheduledId).padStart(6)}  ${words.join("  ")}`;
}

function parseId(word: string, path: readonly string[]): number {
  if (/^\d{1,15}$/.test(word) && Number(word) > 0) return Number(word);
  throw new UsageError(`"${word}" is no id of scheduled list`, path);
}
