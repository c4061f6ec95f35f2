import { defineCommand } from "citty";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection } from "./connection.ts";
import { UsageError } from "./failure.ts";
import { parseIds } from "./ids.ts";

const PATH = ["belfry", "read"];

/** `belfry read` */
export const read = defineCommand({
  meta: { name: "read", description: "Mark notifications as read, and print how many were unread" },
  args: {
    ids: { type: "positional", required: false, valueHint: "id…", description: "Which ones" },
    all: { type: "boolean", description: "Everything" },
    channel: { type: "string", description: "With --all: of this channel only", valueHint: "name" },
    through: { type: "string", description: "With --all: up to this cursor or id", valueHint: "cursor" },
    undo: { type: "boolean", description: "Mark them as unread instead" },
    ...hubArgs,
    json: { type: "boolean", description: "Print JSON" },
  },
  async run({ args }) {
    const { all = false, channel, through, undo = false } = args;
    const ids = parseIds(args._, PATH);
    if (all === ids.length > 0) throw new UsageError("name notifications by their ids, or give --all", PATH);
    if (!all && (channel || through)) throw new UsageError("--channel and --through go with --all", PATH);
    if (all && undo) throw new UsageError("--undo goes with ids, not with --all", PATH);
    const action = `mark as ${undo ? "unread" : "read"}`;
    const done = await callHub(readConnection(args, action), action, async (hub) => {
      if (all) return await hub.markAllRead({ ...(channel && { channel }), ...(through && { through }) });
      const [id = 0] = ids;
      // One that is named alone must be there; of several, some may be gone.
      const wanted = ids.length === 1 ? { id } : { ids };
      const { markRead, markUnread } = hub.trpc.notifications;
      return await (undo ? markUnread : markRead).mutate(wanted);
    });
    if (args.json) console.log(JSON.stringify(done));
    else if ("through" in done) console.log(`everything up to ${done.through} is read`);
    else console.log(`${done.changed} of ${ids.length} marked as ${undo ? "unread" : "read"}`);
  },
});
