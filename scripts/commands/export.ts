import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { defineCommand } from "citty";
import { type Connection, hubArgs, readConnection, tokenFailure } from "./connection.ts";
import { explainConnection, UsageError } from "./failure.ts";
import { filterArgs, readFilter } from "./history_args.ts";

const PATH = ["belfry", "export"];
const ACTION = "export notifications";

/** `belfry export` */
export const exporting = defineCommand({
  meta: { name: "export", description: "Write everything that matches, the oldest first, as JSON lines or CSV" },
  args: {
    format: {
      type: "enum",
      description: "Default: csv for a file of that ending, else jsonl",
      options: ["jsonl", "csv"],
    },
    output: { type: "string", description: "A new file (default: standard output)", valueHint: "file" },
    text: { type: "string", description: "Only with these words in title or message", valueHint: "words" },
    ...filterArgs,
    ...hubArgs,
  },
  async run({ args }) {
    const { output, text } = args;
    const filter = { ...readFilter(args, PATH), ...(text && { text }) };
    const connection = readConnection(args, ACTION);
    const target = new URL("/api/notifications/export", connection.url);
    target.searchParams.set("format", args.format ?? (output?.endsWith(".csv") ? "csv" : "jsonl"));
    for (const [name, value] of Object.entries(filter)) target.searchParams.set(name, String(value));
    const body = await open(target, connection);
    // A file that is there already is somebody's.
    const sink = output === undefined ? process.stdout : createWriteStream(output, { flags: "wx" });
    try {
      await pipeline(body, sink, { end: output !== undefined });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") throw new UsageError(`--output: there is a file ${output} already`, PATH);
      if (code?.startsWith("E") && output !== undefined) throw error;
      throw new Error(`Cannot ${ACTION} to the end: the hub cut the answer off; what was written is not all`, {
        cause: error,
      });
    }
  },
});

async function open(target: URL, connection: Connection): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(target, { headers: { authorization: `Bearer ${connection.token}` } }).catch((error) => {
    throw new Error(`Cannot ${ACTION} at ${target.origin}: ${explainConnection(error) ?? error}`, { cause: error });
  });
  if (response.ok && response.body) return response.body;
  if (response.status === 401) throw tokenFailure(connection, ACTION);
  const refusal = (await response.json().catch(() => ({}))) as { readonly error?: { readonly message?: string } };
  throw new Error(refusal.error?.message ?? `Cannot ${ACTION}: ${target.origin} answers ${response.status}`);
}
