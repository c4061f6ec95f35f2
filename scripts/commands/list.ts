import { defineCommand } from "citty";
import type { HistoryPage, Notification } from "../../web/client/mod.ts";
import { callHub } from "./call_hub.ts";
import { type Connection, hubArgs, readConnection } from "./connection.ts";
import { type Filter, type FilterValues, filterArgs, readFilter } from "./history_args.ts";
import { contentCell, headCells, limitArg, PAGE, readLimit } from "./page_args.ts";
import { formatTable } from "./screen.ts";

const pageArgs = {
  ...filterArgs,
  limit: limitArg,
  before: { type: "string", description: "Only what is older than this cursor or id", valueHint: "cursor" },
  ...hubArgs,
  json: { type: "boolean", description: "One JSON object per line" },
} as const;

/** `belfry list` */
export const list = defineCommand({
  meta: { name: "list", description: "Print notifications of the history, the newest first" },
  args: pageArgs,
  run: ({ args }) => print(args, "list notifications", readFilter(args, ["belfry", "list"])),
});

/** `belfry search` */
export const search = defineCommand({
  meta: { name: "search", description: "Print notifications with these words in title or message, the newest first" },
  args: {
    words: {
      type: "positional",
      required: true,
      valueHint: "word…",
      description: 'All of them, the last may go on; "in quotes": together',
    },
    ...pageArgs,
  },
  run: ({ args }) =>
    print(args, "search", { ...readFilter(args, ["belfry", "search"]), text: args._.map(quote).join(" ") }),
});

/** A word of the command line that holds spaces was in quotes there. */
function quote(word: string): string {
  return /\s/.test(word) && !word.includes('"') ? `"${word}"` : word;
}

interface PageValues extends FilterValues {
  readonly limit?: string | undefined;
  readonly before?: string | undefined;
  readonly json?: boolean | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

async function print(args: PageValues, action: string, filter: Filter): Promise<void> {
  const limit = readLimit(args.limit, ["belfry", action === "search" ? "search" : "list"]);
  const connection = readConnection(args, action);
  const found = await read(connection, action, { filter, limit, before: args.before });
  if (args.json) for (const item of found.items) console.log(JSON.stringify(item));
  else if (found.items.length > 0) {
    console.log(formatTable(["ID", "TIME", "SEVERITY", "CHANNEL", "WHAT"], found.items.map(toRow)).join("\n"));
  }
  const { next, indexed = 0, head = 0 } = found;
  if (indexed < head) console.error(`The index is at ${indexed} of ${head}: what is newer is not found yet`);
  if (next) console.error(`There is more: --before ${next}`);
}

interface Wish {
  readonly filter: Filter;
  readonly limit: number;
  readonly before: string | undefined;
}

/** Reads page after page until there are enough. */
async function read(connection: Connection, action: string, { filter, limit, before }: Wish): Promise<HistoryPage> {
  return await callHub(connection, action, async (hub) => {
    const items: Notification[] = [];
    let cursor = before ?? null;
    for (;;) {
      const page = await hub.list({ ...filter, cursor, limit: Math.min(PAGE, limit - items.length) });
      items.push(...page.items);
      cursor = page.next;
      if (cursor === null || items.length >= limit) return { ...page, items };
    }
  });
}

function toRow(item: Notification): string[] {
  return [...headCells(item), item.channel, contentCell(item)];
}
