import { defineCommand } from "citty";
import { z } from "zod";
import { openDatabase, prepareFolder } from "../../db/database.ts";
import { DirectWriter } from "../../db/direct_writer.ts";
import { type ListedToken, listTokens } from "../../db/tokens.ts";
import { makeToken } from "../../server/auth/secrets.ts";
import { systemNow } from "../../server/clock.ts";
import { SCOPES } from "../../server/rules/access.ts";
import { explainIssues } from "../../server/rules/explain.ts";
import { channelPattern, tokenName } from "../../server/rules/names.ts";
import { ACTOR, requireFolder, requireUser } from "./data_folder.ts";
import { UsageError } from "./failure.ts";
import { formatTime, isoTime, printable } from "./screen.ts";
import { dataArg, readSettings } from "./settings.ts";
import { parseDuration } from "./times.ts";

const CREATE = ["belfry", "token", "create"];
const scope = z.enum(SCOPES);

const create = defineCommand({
  meta: { name: "create", description: "Make a token and print it: the only time that it is shown" },
  args: {
    name: { type: "positional", required: true, description: "What it is for" },
    expires: {
      type: "string",
      description: "How long it is valid: 30m, 12h, 90d, 4w (default: for ever)",
      valueHint: "time",
    },
    scopes: {
      type: "string",
      description: "What it is for: read, publish, admin; with commas",
      default: "read,publish",
      valueHint: "names",
    },
    channels: {
      type: "string",
      description: "Channels or patterns, such as orders,alerts.*",
      default: "*",
      valueHint: "patterns",
    },
    user: {
      type: "string",
      description: "The user, by id or e-mail, whose rights it has at the most (default: nobody's, an admin's rights)",
      valueHint: "id",
    },
    data: dataArg,
  },
  run({ args: { name: given, expires, scopes, channels, user, data } }) {
    const name = parseName(given);
    const at = systemNow();
    const option = { flag: "--expires", path: CREATE };
    const expiresAt = expires === undefined ? null : at + parseDuration(expires, option);
    const folder = readSettings({ BELFRY_DATA: data }).data;
    prepareFolder(folder);
    using writer = new DirectWriter(folder);
    const userId = user === undefined ? null : requireUser(folder, user, "create a token for");
    const { secret, prefix, hash } = makeToken();
    const row = writer.execute({
      kind: "token.create",
      input: {
        ...{ actor: ACTOR, at, name, prefix, hash, expiresAt, userId },
        scopes: parseNames(scopes, scope, "--scopes"),
        patterns: parseNames(channels, channelPattern, "--channels"),
      },
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
    using db = openDatabase(requireFolder(args.data, "list tokens"), { readonly: true });
    const rows = listTokens(db);
    if (args.json) return console.log(JSON.stringify(rows.map(toView)));
    for (const row of rows) console.log(formatToken(row, systemNow()));
  },
});

const revoke = defineCommand({
  meta: { name: "revoke", description: "Revoke a token for good" },
  args: { id: { type: "positional", required: true, description: "Its id (see: belfry token list)" }, data: dataArg },
  run({ args }) {
    if (!/^[1-9]\d{0,14}$/.test(args.id))
      throw new UsageError(`"${args.id}" is not the id of a token`, ["belfry", "token", "revoke"]);
    using writer = new DirectWriter(requireFolder(args.data, "revoke a token"));
    const input = { actor: ACTOR, at: systemNow(), id: Number(args.id), userId: null };
    const { id, name } = writer.execute({ kind: "token.revoke", input });
    console.log(`Token ${id} "${printable(name)}" is revoked`);
  },
});

/** `belfry token` */
export const token = defineCommand({
  meta: { name: "token", description: "Make, list and revoke tokens in a data folder" },
  subCommands: { create, list, revoke },
});

function parseName(given: string): string {
  const parsed = tokenName.safeParse(given);
  if (parsed.success) return parsed.data;
  const [fault] = explainIssues(parsed.error.issues, given);
  throw new TypeError(`Cannot create a token: NAME ${fault?.message}`);
}

function parseNames<T>(text: string, schema: z.ZodType<T>, flag: string): T[] {
  const names = text.split(",").map((name) => name.trim());
  const parsed = z.array(schema).safeParse(names);
  if (parsed.success) return parsed.data;
  const { path, message } = explainIssues(parsed.error.issues, names)[0] ?? { path: "", message: "" };
  throw new UsageError(`${flag}: entry ${Number(path) + 1} ${message}`, CREATE);
}

function toView({ hash, userId, scopes, patterns, ...row }: ListedToken): Record<string, unknown> {
  return {
    ...row,
    owner: userId,
    scopes: JSON.parse(scopes),
    patterns: JSON.parse(patterns),
    createdAt: isoTime(row.createdAt),
    expiresAt: isoTime(row.expiresAt),
    revokedAt: isoTime(row.revokedAt),
    lastUsedAt: isoTime(row.lastUsedAt),
  };
}

function formatToken(row: ListedToken, now: number): string {
  const { id, prefix, name, scopes, patterns, userId, expiresAt, lastUsedAt, lastUsedAddress } = row;
  const end = expiresAt ? `until ${formatTime(expiresAt)}` : "for ever";
  const used = lastUsedAt ? `used ${formatTime(lastUsedAt)} from ${lastUsedAddress || "?"}` : "not used yet";
  const list = (json: string) => (JSON.parse(json) as string[]).join(",");
  const rights = `${list(scopes)} on ${list(patterns)}${userId === null ? "" : ` as ${userId}`}`;
  const words = [
    String(id).padStart(4),
    `${prefix}…`,
    stateOf(row, now).padEnd(7),
    end,
    used,
    printable(rights),
    printable(name),
  ];
  return words.join("  ");
}

/** `resting`: its owner is disabled. */
function stateOf({ revokedAt, expiresAt, isResting }: ListedToken, now: number): string {
  if (revokedAt !== null) return "revoked";
  if (expiresAt !== null && expiresAt <= now) return "expired";
  return isResting ? "resting" : "active";
}
