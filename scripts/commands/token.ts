import { existsSync } from "node:fs";
import { defineCommand } from "citty";
import { databaseFile, openDatabase, prepareFolder } from "../../db/database.ts";
import type { TokenRow } from "../../db/schema.ts";
import { listTokens } from "../../db/tokens.ts";
import { Writer } from "../../db/writer.ts";
import { makeToken } from "../../server/auth/secrets.ts";
import { systemNow } from "../../server/clock.ts";
import { UsageError } from "./failure.ts";
import { formatTime, printable } from "./screen.ts";
import { dataArg, readSettings } from "./settings.ts";

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const ACTOR = { id: "cli" };
const MAX_NAME = 100;

/** Writes straight to the data folder, also beside a running server: SQLite lets both take turns. */
const create = defineCommand({
  meta: { name: "create", description: "Make a token and print it: the only time that it is shown" },
  args: {
    name: { type: "positional", required: true, description: "What it is for" },
    expires: {
      type: "string",
      description: "How long it is valid: 30m, 12h, 90d, 4w (default: for ever)",
      valueHint: "time",
    },
    data: dataArg,
  },
  async run({ args: { name, expires, data } }) {
    if (name.length > MAX_NAME || name.trim() === "")
      throw new TypeError("Cannot create a token: NAME must have 1 to 100 characters");
    const at = systemNow();
    const expiresAt = expires === undefined ? null : at + parseDuration(expires);
    const folder = readSettings({ BELFRY_DATA: data }).data;
    prepareFolder(folder);
    await using writer = await Writer.start(folder);
    const { secret, prefix, hash } = makeToken();
    const row = await writer.execute({
      kind: "token.create",
      input: { actor: ACTOR, at, name, prefix, hash, expiresAt },
    });
    console.log(secret);
    const end = expiresAt === null ? "until it is revoked" : `until ${formatTime(expiresAt)}`;
    console.error(
      `Token ${row.id} "${printable(name)}" is valid ${end}. Keep it now: it is not stored and never shown again.`,
    );
  },
});

const list = defineCommand({
  meta: { name: "list", description: "List the tokens, without their secrets" },
  args: { data: dataArg, json: { type: "boolean", description: "Print JSON" } },
  run({ args }) {
    const folder = requireDatabase(readSettings({ BELFRY_DATA: args.data }).data, "list tokens");
    using db = openDatabase(folder, { readonly: true });
    const rows = listTokens(db).map(({ hash, ...row }) => row);
    if (args.json) return console.log(JSON.stringify(rows));
    for (const row of rows) console.log(formatToken(row, systemNow()));
  },
});

const revoke = defineCommand({
  meta: { name: "revoke", description: "Revoke a token for good" },
  args: { id: { type: "positional", required: true, description: "Its id (see: belfry token list)" }, data: dataArg },
  async run({ args }) {
    if (!/^[1-9]\d{0,14}$/.test(args.id))
      throw new UsageError(`"${args.id}" is not the id of a token`, ["belfry", "token", "revoke"]);
    const folder = requireDatabase(readSettings({ BELFRY_DATA: args.data }).data, "revoke a token");
    await using writer = await Writer.start(folder);
    const input = { actor: ACTOR, at: systemNow(), id: Number(args.id) };
    const { id, name } = await writer.execute({ kind: "token.revoke", input });
    console.log(`Token ${id} "${printable(name)}" is revoked`);
  },
});

/** `belfry token` */
export const token = defineCommand({
  meta: { name: "token", description: "Make, list and revoke tokens in a data folder" },
  subCommands: { create, list, revoke },
});

function parseDuration(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const duration = Number(count) * (UNITS[unit] ?? 0);
  if (duration > 0) return duration;
  throw new UsageError(`--expires must be a time such as 12h or 90d, is "${text}"`, ["belfry", "token", "create"]);
}

function requireDatabase(folder: string, action: string): string {
  if (existsSync(databaseFile(folder))) return folder;
  throw new Error(`Cannot ${action}: there is no database in ${folder}; name its folder with --data or BELFRY_DATA`);
}

function formatToken(
  { id, prefix, name, createdAt, expiresAt, revokedAt }: Omit<TokenRow, "hash">,
  now: number,
): string {
  const state = revokedAt ? "revoked" : expiresAt && expiresAt <= now ? "expired" : "active";
  const end = expiresAt ? `until ${formatTime(expiresAt)}` : "for ever";
  return `${String(id).padStart(4)}  ${prefix}…  ${state.padEnd(7)}  ${formatTime(createdAt)}  ${end}  ${printable(name)}`;
}
