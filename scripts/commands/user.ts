import { defineCommand } from "citty";
import type { UserChanges } from "../../db/commands.ts";
import { openDatabase } from "../../db/database.ts";
import { DirectWriter } from "../../db/direct_writer.ts";
import type { UserRow } from "../../db/schema.ts";
import { listUsers } from "../../db/users.ts";
import { systemNow } from "../../server/clock.ts";
import { ACTOR, requireFolder, requireUser } from "./data_folder.ts";
import { UsageError } from "./failure.ts";
import { formatTable, isoTime, printable } from "./screen.ts";
import { dataArg } from "./settings.ts";
import { invite, ROLES, reset, userArg } from "./user_link.ts";

const json = { type: "boolean", description: "Print JSON" } as const;

const list = defineCommand({
  meta: { name: "list", description: "List the users" },
  args: { data: dataArg, json },
  run({ args }) {
    using db = openDatabase(requireFolder(args.data, "list users"), { readonly: true });
    const rows = listUsers(db);
    if (args.json) return console.log(JSON.stringify(rows.map(toView)));
    const header = ["ID", "ROLE", "STATE", "E-MAIL", "NAME"];
    for (const line of formatTable(header, rows.map(toCells))) console.log(line);
  },
});

const remove = defineCommand({
  meta: { name: "delete", description: "Delete a user with sessions and tokens; what they published stays" },
  args: { id: userArg, data: dataArg },
  run({ args }) {
    const folder = requireFolder(args.data, "delete a user");
    const id = requireUser(folder, args.id, "delete");
    using writer = new DirectWriter(folder);
    writer.execute({ kind: "user.delete", input: { actor: ACTOR, at: systemNow(), id } });
    console.log(`User ${printable(id)} is deleted`);
  },
});

const role = defineCommand({
  meta: { name: "role", description: "Make a user an admin or a member" },
  args: { id: userArg, role: { type: "positional", required: true, description: "admin or member" }, data: dataArg },
  run({ args }) {
    const next = ROLES.find((known) => known === args.role);
    if (!next) {
      throw new UsageError(`ROLE must be one of ${ROLES.join(", ")}, is "${args.role}"`, ["belfry", "user", "role"]);
    }
    change(args, { role: next }, next === "admin" ? "is an admin now" : "is a member now");
  },
});

const disable = defineCommand({
  meta: { name: "disable", description: "End a user's sessions and streams; tokens rest until enabled" },
  args: { id: userArg, data: dataArg },
  run: ({ args }) => change(args, { disabledAt: systemNow() }, "is disabled"),
});

const enable = defineCommand({
  meta: { name: "enable", description: "Let a disabled user in again; the tokens open again" },
  args: { id: userArg, data: dataArg },
  run: ({ args }) => change(args, { disabledAt: null }, "is enabled"),
});

/** `belfry user` */
export const user = defineCommand({
  meta: { name: "user", description: "Invite, list and change users in a data folder" },
  subCommands: { list, invite, reset, disable, enable, delete: remove, role },
});

function change(
  args: { readonly id: string; readonly data?: string | undefined },
  changes: UserChanges,
  outcome: string,
): void {
  const folder = requireFolder(args.data, "change a user");
  const id = requireUser(folder, args.id, "change");
  using writer = new DirectWriter(folder);
  writer.execute({ kind: "user.update", input: { actor: ACTOR, at: systemNow(), id, changes } });
  console.log(`User ${printable(id)} ${outcome}`);
}

function toView({ passwordHash, createdAt, disabledAt, ...row }: UserRow): Record<string, unknown> {
  const times = { createdAt: isoTime(createdAt), disabledAt: isoTime(disabledAt) };
  return { ...row, ...times, hasPassword: passwordHash !== null };
}

function toCells(row: UserRow): string[] {
  const { id, email, name, role } = row;
  return [id, role, stateOf(row), email ?? "–", name];
}

function stateOf({ disabledAt, passwordHash, isFromApplication }: UserRow): string {
  if (disabledAt !== null) return "disabled";
  if (passwordHash !== null) return "active";
  return isFromApplication ? "from application" : "no password";
}
