import { defineCommand } from "citty";
import { z } from "zod";
import { openDatabase } from "../../db/database.ts";
import { DirectWriter } from "../../db/direct_writer.ts";
import { readPublicUrl } from "../../db/public_url.ts";
import type { UserRow } from "../../db/schema.ts";
import { makeOneTimeLink } from "../../server/auth/one_time_link.ts";
import { systemNow } from "../../server/clock.ts";
import { localUrl } from "../../server/config.ts";
import { explainIssues } from "../../server/rules/explain.ts";
import { newUserFields } from "../../server/rules/names.ts";
import { readUrl } from "./connection.ts";
import { ACTOR, requireFolder, requireUser } from "./data_folder.ts";
import { UsageError } from "./failure.ts";
import { formatTime, printable } from "./screen.ts";
import { dataArg, readSettings } from "./settings.ts";

/** The two roles. */
export const ROLES = ["admin", "member"] as const;
/** The argument that names a user. */
export const userArg = {
  type: "positional",
  required: true,
  description: "The user's id or e-mail address (see: belfry user list)",
} as const;

const url = {
  type: "string",
  description: "Where users reach the hub (BELFRY_PUBLIC_URL, default: where the hub was reached when it last started)",
  valueHint: "url",
} as const;
const newUser = z.object(newUserFields);

/** `belfry user invite` */
export const invite = defineCommand({
  meta: { name: "invite", description: "Make a user, and print the one-time link to set a password" },
  args: {
    email: { type: "positional", required: true, description: "E-mail address to sign in with" },
    id: { type: "string", description: "Id by which programs address the user (default: the e-mail)", valueHint: "id" },
    name: { type: "string", description: "Name on screen (default: the e-mail before the @)", valueHint: "text" },
    role: { type: "enum", description: "What the user may do", options: [...ROLES], default: "member" },
    adopt: { type: "boolean", description: "Let the user have what was sent to a deleted user of the same id" },
    url,
    data: dataArg,
  },
  run({ args }) {
    const { email, role, adopt = false } = args;
    const given = { email, id: args.id ?? email, name: args.name ?? email.split("@", 1)[0] };
    const parsed = newUser.safeParse(given);
    if (!parsed.success) {
      const { path, message } = explainIssues(parsed.error.issues, given)[0] ?? { path: "", message: "" };
      throw new UsageError(`${path === "email" ? "EMAIL" : `--${path}`} ${message}`, ["belfry", "user", "invite"]);
    }
    const folder = requireFolder(args.data, "invite a user");
    const base = findBase(folder, args.url, "invite");
    using writer = new DirectWriter(folder);
    const user = { ...parsed.data, role: role as UserRow["role"], passwordHash: null };
    const input = { actor: ACTOR, at: systemNow(), user, adopts: adopt };
    const made = writer.execute({ kind: "user.create", input });
    printLink(writer, made.id, base);
  },
});

/** `belfry user reset` */
export const reset = defineCommand({
  meta: { name: "reset", description: "Print a one-time link to set a new password; earlier links are void" },
  args: { id: userArg, url, data: dataArg },
  run({ args }) {
    const folder = requireFolder(args.data, "reset a password");
    const base = findBase(folder, args.url, "reset");
    const id = requireUser(folder, args.id, "reset the password of");
    using writer = new DirectWriter(folder);
    printLink(writer, id, base);
  },
});

/** Where the link is to lead: what is said here, or what the hub said of itself, whose environment may be another. */
function findBase(folder: string, given: string | undefined, command: string): string {
  if (given !== undefined) return checkBase(given, command);
  const config = readSettings({});
  using db = openDatabase(folder, { readonly: true });
  const known = config.publicUrl ?? readPublicUrl(db) ?? readUrl({}, `make a link with "belfry user ${command}"`);
  if (known) return known;
  const guess = localUrl(config);
  console.error(`Where users reach the hub is not known before its first start: the link leads to ${guess}; see --url`);
  return guess;
}

function checkBase(given: string, command: string): string {
  const url = URL.parse(given);
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.href;
  const reason = `--url must be an address such as https://hub.example.com, is "${given}"`;
  throw new UsageError(reason, ["belfry", "user", command]);
}

function printLink(writer: DirectWriter, id: string, base: string): void {
  const at = systemNow();
  const { link, hash, expiresAt } = makeOneTimeLink(base, at);
  writer.execute({ kind: "link.create", input: { actor: ACTOR, at, userId: id, hash, expiresAt } });
  console.log(link);
  console.error(
    `Whoever opens this link sets the password of ${printable(id)}: once, until ${formatTime(expiresAt)}. It is never shown again.`,
  );
}
