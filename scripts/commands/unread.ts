import { defineCommand } from "citty";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection, splitList } from "./connection.ts";

/** Width of the counts. */
const WIDTH = 8;

/** `belfry unread` */
export const unread = defineCommand({
  meta: { name: "unread", description: "Print how much is unread, by channel and in all" },
  args: {
    channels: { type: "string", description: "Only these channels, with commas", valueHint: "names" },
    ...hubArgs,
    json: { type: "boolean", description: "Print JSON" },
  },
  async run({ args }) {
    const action = "count what is unread";
    const channels = splitList(args.channels);
    const counts = await callHub(readConnection(args, action), action, (hub) =>
      hub.unreadCount(channels ? { channels } : {}),
    );
    if (args.json) return console.log(JSON.stringify(counts));
    for (const [name, count] of Object.entries(counts.channels)) console.log(`${`${count}`.padStart(WIDTH)}  ${name}`);
    console.log(`${`${counts.total}`.padStart(WIDTH)}  in all`);
  },
});
