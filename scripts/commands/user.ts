import { defineCommand } from "citty";
import { z } from "zod";
import type { UserChanges } from "../../db/commands.ts";
import { openDatabase } from "../../db/database.ts";
import type { UserRow } from "../../db/schema.ts";
import { listUsers } from "../../db/users.ts";
import { Writer } from "../../db/writer.ts";
import { makeOneTimeLink } from "../../server/auth/one_time_link.ts";
import { systemNow } from "../../server/clock.ts";
import { explainIssues } from "../../server/rules/explain.ts";
import { userId } from "../../server/rules/names.ts";
import { ACTOR, refuseUnknownUser, requireFolder } from "./data_folder.ts";
import { UsageError } from "./failure.ts";
import { formatTime, isoTime, printable } from "./screen.ts";
import { dataArg, localUrl, readSettings } from "./settings.ts";

const ROLES = ["admin", "member"] as const;
const id = { type: "positional", required: true, description: "The user's id (see: belfry user list)" } as const;
const url = {
  type: "string",
  description: "Where users reach the hub (BELFRY_PUBLIC_URL, default http at BELFRY_HOST and BELFRY_PORT)",
  valueHint: "url",
} as const;
const json = { type: "boolean", description: "Print JSON" } as const;
const newUser = z.object({
  email: z.email("must be an e-mail address").max(254),
  id: userId,
  name: z.string().trim().min(1, "must not be empty").max(200),
});

const list = defineCommand({
  meta: { name: "list", description: "List the users" },
  args: { data: dataArg, json },
  run({ args }) {
    using db = openDatabase(requireFolder(args.data, "list users"), { readonly: true });
    const rows = listUsers(db);
    if (args.json) return console.log(JSON.stringify(rows.map(toView)));
    for (const row of rows) console.log(formatUser(row));
  },
});

const invite = defineCommand({
  meta: { name: "invite", description: "Make a user, and print the one-time link to set a password" },
  args: {
    email: { type: "positional", required: true, description: "E-mail address to sign in with" },
    id: { type: "string", description: "Id by which programs address the user (default: the e-mail)", valueHint: "id" },
    name: { type: "string", description: "Name on screen (default: the e-mail before the @)", valueHint: "text" },
    role: { type: "enum", description: "What the user may do", options: [...ROLES], default: "member" },
    url,
    data: dataArg,
  },
  async run({ args }) {
    const { email, role } = args;
    const given = { email, id: args.id ?? email, name: args.name ?? email.split("@", 1)[0] };
    const parsed = newUser.safeParse(given);
    if (!parsed.success) {
      const { path, message } = explainIssues(parsed.error.issues, given)[0] ?? { path: "", message: "" };
      throw new UsageError(`${path === "email" ? "EMAIL" : `--${path}`} ${message}`, ["belfry", "user", "invite"]);
    }
    const folder = requireFolder(args.data, "invite a user");
    const base = readBase(args.url, "invite");
    await using writer = await Writer.start(folder);
    const user = { ...parsed.data, role: role as UserRow["role"], passwordHash: null };
    const made = await writer.execute({ kind: "user.create", input: { actor: ACTOR, at: systemNow(), user } });
    await printLink(writer, made.id, base);
  },
});

const reset = defineCommand({
  meta: { name: "reset", description: "Print a one-time link to set a new password; earlier links are void" },
  args: { id, url, data: dataArg },
  async run({ args }) {
    const folder = requireFolder(args.data, "reset a password");
    const base = readBase(args.url, "reset");
    refuseUnknownUser(folder, args.id, "reset the password of");
    await using writer = await Writer.start(folder);
    await printLink(writer, args.id, base);
  },
});

const remove = defineCommand({
  meta: { name: "delete", description: "Delete a user with sessions and tokens; what they published stays" },
  args: { id, data: dataArg },
  async run({ args }) {
    await using writer = await Writer.start(requireFolder(args.data, "delete a user"));
    await writer.execute({ kind: "user.delete", input: { actor: ACTOR, at: systemNow(), id: args.id } });
    console.log(`User ${printable(args.id)} is deleted`);
  },
});

const role = defineCommand({
  meta: { name: "role", description: "Make a user an admin or a member" },
  args: { id, role: { type: "positional", required: true, description: "admin or member" }, data: dataArg },
  async run({ args }) {
    const next = ROLES.find((known) => known === args.role);
    if (!next) {
      throw new UsageError(`ROLE must be one of ${ROLES.join(", ")}, is "${args.role}"`, ["belfry", "user", "role"]);
    }
    await change(args, { role: next }, next === "admin" ? "is an admin now" : "is a member now");
  },
});

const disable = defineCommand({
  meta: { name: "disable", description: "End a user's sessions, tokens and streams, and let nobody in until enabled" },
  args: { id, data: dataArg },
  run: ({ args }) => change(args, { disabledAt: systemNow() }, "is disabled"),
});

const enable = defineCommand({
  meta: { name: "enable", description: "Let a disabled user in again" },
  args: { id, data: dataArg },
  run: ({ args }) => change(args, { disabledAt: null }, "is enabled"),
});

/** `belfry user` */
export const user = defineCommand({
  meta: { name: "user", description: "Invite, list and change users in a data folder" },
  subCommands: { list, invite, reset, disable, enable, delete: remove, role },
});

async function change(
  { id, data }: { readonly id: string; readonly data?: string | undefined },
  changes: UserChanges,
  outcome: string,
): Promise<void> {
  await using writer = await Writer.start(requireFolder(data, "change a user"));
  await writer.execute({ kind: "user.update", input: { actor: ACTOR, at: systemNow(), id, changes } });
  console.log(`User ${printable(id)} ${outcome}`);
}

function readBase(given: string | undefined, command: string): string {
  if (given === undefined) {
    const config = readSettings({});
    return config.publicUrl ?? localUrl(config);
  }
  const url = URL.parse(given);
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.href;
  throw new UsageError(`--url must be an address such as https://hub.example.com, is "${given}"`, [
    "belfry",
    "user",
    command,
  ]);
}

async function printLink(writer: Writer, userId: string, base: string): Promise<void> {
  const at = systemNow();
  const { link, hash, expiresAt } = makeOneTimeLink(base, at);
  await writer.execute({ kind: "link.create", input: { actor: ACTOR, at, userId, hash, expiresAt } });
  console.log(link);
  console.error(
    `Whoever opens this link sets the password of ${printable(userId)}: once, until ${formatTime(expiresAt)}. It is never shown again.`,
  );
}

function toView({ passwordHash, createdAt, disabledAt, ...row }: UserRow): Record<string, unknown> {
  const times = { createdAt: isoTime(createdAt), disabledAt: isoTime(disabledAt) };
  return { ...row, ...times, hasPassword: passwordHash !== null };
}

function formatUser({ id, email, name, role, disabledAt, passwordHash }: UserRow): string {
  const state = disabledAt !== null ? "disabled" : passwordHash === null ? "no password" : "active";
  const words = [printable(id).padEnd(24), role.padEnd(6), state.padEnd(11), printable(email ?? "–").padEnd(28)];
  return `${words.join("  ")}  ${printable(name)}`;
}
