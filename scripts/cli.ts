/**
 * scripts/ holds EVERY FILE YOU CAN RUN; nobody imports it. This file is the program `belfry`: it finds the command, and
 * turns whatever goes wrong into one line and an exit code: 1 for what failed, 2 for a command line that is not understood.
 */
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { type CommandDef, defineCommand, renderUsage, runCommand } from "citty";
import { nearest } from "../server/rules/nearest.ts";
import { acceptBothNumbers, checkArguments } from "./commands/arguments.ts";
import { explainFailure, UsageError } from "./commands/failure.ts";

// biome-ignore lint/suspicious/noExplicitAny: citty's own type of a command whatever its arguments are
type AnyCommand = CommandDef<any>;

const belfry = defineCommand({
  meta: { name: "belfry", description: "A self-hosted notification hub" },
  subCommands: {
    serve: () => import("./commands/serve.ts").then(({ serve }) => serve),
    publish: () => import("./commands/publish.ts").then(({ publish }) => publish),
    remove: () => import("./commands/remove.ts").then(({ remove }) => remove),
    scheduled: () => import("./commands/scheduled.ts").then(({ scheduled }) => scheduled),
    follow: () => import("./commands/follow.ts").then(({ follow }) => follow),
    list: () => import("./commands/list.ts").then(({ list }) => list),
    search: () => import("./commands/list.ts").then(({ search }) => search),
    latest: () => import("./commands/latest.ts").then(({ latest }) => latest),
    export: () => import("./commands/export.ts").then(({ exporting }) => exporting),
    read: () => import("./commands/read.ts").then(({ read }) => read),
    unread: () => import("./commands/unread.ts").then(({ unread }) => unread),
    preferences: () => import("./commands/preferences.ts").then(({ preferences }) => preferences),
    ack: () => import("./commands/ack.ts").then(({ ack }) => ack),
    status: () => import("./commands/status.ts").then(({ status }) => status),
    channel: () => import("./commands/channel.ts").then(({ channel }) => channel),
    types: () => import("./commands/types.ts").then(({ types }) => types),
    user: () => import("./commands/user.ts").then(({ user }) => user),
    token: () => import("./commands/token.ts").then(({ token }) => token),
    connections: () => import("./commands/connections.ts").then(({ connections }) => connections),
    stats: () => import("./commands/stats.ts").then(({ stats }) => stats),
    audit: () => import("./commands/audit.ts").then(({ audit }) => audit),
    doctor: () => import("./commands/doctor.ts").then(({ doctor }) => doctor),
  },
});

/** What a command line names: the command, the words that lead to it, the arguments that are left. */
interface Found {
  readonly command: AnyCommand;
  readonly path: readonly string[];
  readonly args: string[];
}

async function resolve<T>(value: T | Promise<T> | (() => T | Promise<T>)): Promise<T> {
  return await (typeof value === "function" ? (value as () => T | Promise<T>)() : value);
}

async function find(command: AnyCommand, args: string[], path: readonly string[]): Promise<Found> {
  const [word = "", ...rest] = args;
  const commands = await resolve(command.subCommands);
  if (!commands || word === "" || word.startsWith("-")) return { command, path, args };
  if (!Object.hasOwn(commands, word)) {
    const names = Object.keys(commands);
    const meant = nearest(word, names);
    const advice = meant === undefined ? `, only ${names.join(", ")}` : ` (did you mean ${meant}?)`;
    throw new UsageError(`there is no command "${word}"${advice}`, path);
  }
  const next = commands[word] as AnyCommand | (() => Promise<AnyCommand>);
  return await find(await resolve(next), rest, [...path, word]);
}

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

async function printUsage({ command, path }: Found): Promise<void> {
  const parent = path.length > 1 ? { meta: { name: path.slice(0, -1).join(" ") } } : undefined;
  const usage = await renderUsage(command, parent);
  console.log(process.stdout.isTTY ? usage : stripVTControlCharacters(usage));
}

async function run(rawArgs: string[]): Promise<void> {
  const found = await find(belfry, rawArgs, ["belfry"]);
  const { command, path, args } = found;
  const options = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined);
  if (options.includes("--help") || options.includes("-h")) return await printUsage(found);
  if (path.length === 1 && (options.includes("--version") || options.includes("-v"))) {
    return console.log(readVersion());
  }
  if (command.subCommands) {
    await printUsage(found);
    throw new UsageError(args[0] ? `unknown option ${args[0]}` : "name a command", path);
  }
  const defs = (await resolve(command.args)) ?? {};
  const accepted = acceptBothNumbers(args, defs);
  checkArguments(accepted, defs, path);
  await runCommand(command, { rawArgs: accepted });
}

/** Runs the program to its end, and ends the process. */
export async function main(rawArgs: string[] = process.argv.slice(2)): Promise<void> {
  // Whoever reads the output may have seen enough: `belfry follow | head -1`.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  try {
    await run(rawArgs);
  } catch (error) {
    console.error(explainFailure(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
  process.exit();
}

if (import.meta.main) await main();
