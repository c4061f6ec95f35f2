import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import type { inferRouterInputs } from "@trpc/server";
import { defineCommand } from "citty";
import type { AppRouter, Hub } from "../../web/client/mod.ts";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection } from "./connection.ts";
import { writeEventsFile } from "./events_file.ts";
import { UsageError } from "./failure.ts";
import { printable } from "./screen.ts";

type NewType = inferRouterInputs<AppRouter>["types"]["register"];
type Listed = Awaited<ReturnType<Hub["trpc"]["types"]["list"]["query"]>>["items"][number];

const json = { type: "boolean", description: "Print JSON" } as const;

const list = defineCommand({
  meta: { name: "list", description: "List the types, each in its newest version" },
  args: { ...hubArgs, json },
  async run({ args }) {
    const rows = await callHub(readConnection(args, "list types"), "list types", listAll);
    if (args.json) return console.log(JSON.stringify(rows));
    for (const { name, version, severity, channel, description } of rows) {
      const words = [name.padEnd(24), `v${version}`.padEnd(4), (severity ?? "").padEnd(8), (channel ?? "").padEnd(16)];
      console.log([...words, printable(description)].join("  ").trimEnd());
    }
  },
});

const show = defineCommand({
  meta: { name: "show", description: "Print a type as JSON, in its newest version or in another" },
  args: {
    name: { type: "positional", required: true, description: "The type's name" },
    version: { type: "string", description: "Which version", valueHint: "number" },
    ...hubArgs,
  },
  async run({ args }) {
    const { name, version } = args;
    if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version)) {
      throw new UsageError(`--version must be a number, is "${version}"`, ["belfry", "types", "show"]);
    }
    const wanted = { name, ...(version !== undefined && { version: Number(version) }) };
    const found = await callHub(readConnection(args, "show a type"), "show a type", (hub) =>
      hub.trpc.types.get.query(wanted),
    );
    console.log(JSON.stringify(found, null, 2));
  },
});

const register = defineCommand({
  meta: { name: "register", description: "Register the types of a JSON file: one object, or a list of them" },
  args: {
    file: { type: "positional", required: false, description: "The file; without it, or as -, standard input" },
    ...hubArgs,
    json,
  },
  async run({ args }) {
    const connection = readConnection(args, "register types");
    const types = await readTypes(args.file);
    await callHub(connection, "register types", async (hub) => {
      for (const type of types) {
        const made = await hub.trpc.types.register.mutate(type);
        console.log(args.json ? JSON.stringify(made) : `${made.name} v${made.version} ${made.change}`);
      }
    });
  },
});

const pull = defineCommand({
  meta: { name: "pull", description: "Print the types as TypeScript, for createHub<Events>() of the SDK" },
  args: hubArgs,
  async run({ args }) {
    const rows = await callHub(readConnection(args, "pull types"), "pull types", listAll);
    process.stdout.write(writeEventsFile(rows));
  },
});

/** `belfry types` */
export const types = defineCommand({
  meta: { name: "types", description: "Register and list typed events, and write their TypeScript types" },
  subCommands: { list, show, register, pull },
});

async function listAll(hub: Hub): Promise<Listed[]> {
  const rows: Listed[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: readonly Listed[]; next: string | null } = await hub.trpc.types.list.query({ cursor });
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return rows;
}

async function readTypes(file: string | undefined): Promise<NewType[]> {
  const isStandard = file === undefined || file === "-";
  if (isStandard && process.stdin.isTTY) {
    throw new UsageError("FILE is missing; name one, or give its text on standard input", [
      "belfry",
      "types",
      "register",
    ]);
  }
  try {
    const content = isStandard ? await text(process.stdin) : readFileSync(file, "utf8");
    return [JSON.parse(content)].flat() as NewType[];
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new Error(`Cannot register types: ${isStandard ? "standard input" : file} has no JSON: ${reason}`, { cause });
  }
}
