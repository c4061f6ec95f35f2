import { defineCommand } from "citty";
import type { LatestPage, Notification } from "../../web/client/mod.ts";
import { callHub } from "./call_hub.ts";
import { type Connection, hubArgs, readConnection } from "./connection.ts";
import { UsageError } from "./failure.ts";
import { contentCell, headCells, limitArg, PAGE, readLimit } from "./page_args.ts";
import { formatTable, printable } from "./screen.ts";

const PATH = ["belfry", "latest"];
const ACTION = "get the latest of a channel";

/** `belfry latest` */
export const latest = defineCommand({
  meta: { name: "latest", description: "Print the newest notification of each key of a channel: its latest state" },
  args: {
    channel: { type: "string", description: "Of this channel", valueHint: "name" },
    key: { type: "string", description: "Only of this key", valueHint: "key" },
    all: { type: "boolean", description: "Also what is addressed to others (admins)" },
    limit: limitArg,
    after: { type: "string", description: "Only keys that come after this one", valueHint: "key" },
    ...hubArgs,
    json: { type: "boolean", description: "One JSON object per line" },
  },
  async run({ args }) {
    const { channel, key, all = false, after } = args;
    if (!channel) throw new UsageError("--channel is missing", PATH);
    if (key && after) throw new UsageError("give --key or --after, not both", PATH);
    const limit = readLimit(args.limit, PATH);
    const wanted = { channel, ...(key && { key }), ...(all && { all }) };
    const { items, next } = await read(readConnection(args, ACTION), wanted, { after: after || null, limit });
    if (args.json) for (const item of items) console.log(JSON.stringify(item));
    else if (items.length > 0) {
      console.log(formatTable(["ID", "TIME", "SEVERITY", "KEY", "WHAT"], items.map(toRow)).join("\n"));
    }
    if (next !== null) console.error(`There is more: --after=${quote(printable(next))}`);
  },
});

interface Wanted {
  readonly channel: string;
  readonly key?: string;
  readonly all?: boolean;
}

/** Reads page after page, which are by key, until there are enough; answers with the newest first. */
async function read(
  connection: Connection,
  wanted: Wanted,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<LatestPage> {
  return await callHub(connection, ACTION, async (hub) => {
    const items: Notification[] = [];
    for (let next = after; ; ) {
      const page = await hub.latest({ ...wanted, after: next, limit: Math.min(PAGE, limit - items.length) });
      items.push(...page.items);
      next = page.next;
      if (next === null || items.length >= limit) return { items: items.toSorted((a, b) => b.id - a.id), next };
    }
  });
}

function toRow(item: Notification): string[] {
  return [...headCells(item), item.key ?? "", contentCell(item)];
}

/** A key as one word of a shell. */
function quote(key: string): string {
  return /^[\w.:/@-]+$/.test(key) ? key : `'${key.replaceAll("'", "'\\''")}'`;
}
