import { defineCommand } from "citty";
import { AUDIT_ACTIONS, type AuditAction, listAudit } from "../../db/audit.ts";
import { openDatabase } from "../../db/database.ts";
import type { AuditRow } from "../../db/schema.ts";
import { systemNow } from "../../server/clock.ts";
import { requireFolder } from "./data_folder.ts";
import { UsageError } from "./failure.ts";
import { formatTime, isoTime, paint, printable } from "./screen.ts";
import { dataArg } from "./settings.ts";
import { parseMoment } from "./times.ts";

const PATH = ["belfry", "audit"];
const MAX_LIMIT = 100_000;

type States = Readonly<Record<string, unknown>>;

/** `belfry audit` */
export const audit = defineCommand({
  meta: { name: "audit", description: "Print the audit trail of a data folder, the newest first" },
  args: {
    actor: { type: "string", description: "Only what this one did: a user's id, token:NAME, cli", valueHint: "name" },
    action: { type: "enum", description: "Only this action", options: [...AUDIT_ACTIONS] },
    target: { type: "string", description: "Only what was done to this one", valueHint: "name" },
    from: { type: "string", description: "From this time on: 2027-01-31, 2027-01-31T13:00, 7d ago", valueHint: "time" },
    until: { type: "string", description: "Up to this time", valueHint: "time" },
    limit: { type: "string", description: "How many rows", default: "50", valueHint: "number" },
    data: dataArg,
    json: { type: "boolean", description: "One JSON object per line" },
  },
  run({ args }) {
    const { actor, target } = args;
    const action = args.action as AuditAction | undefined;
    const limit = Number(args.limit);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      throw new UsageError(`--limit must be a number from 1 to ${MAX_LIMIT}, is "${args.limit}"`, PATH);
    }
    const now = systemNow();
    const from = args.from === undefined ? undefined : parseMoment(args.from, now, { flag: "--from", path: PATH });
    const until = args.until === undefined ? undefined : parseMoment(args.until, now, { flag: "--until", path: PATH });
    using db = openDatabase(requireFolder(args.data, "read the audit trail"), { readonly: true });
    const rows = listAudit(db, { actor, action, target, from, until, limit });
    if (rows.length === 0) console.error("Nothing in the trail matches; names are compared as a whole");
    for (const row of rows) console.log(args.json ? JSON.stringify(toView(row)) : format(row));
  },
});

function toView({ at, before, after, ...row }: AuditRow): Record<string, unknown> {
  return { ...row, at: isoTime(at), before: JSON.parse(before), after: JSON.parse(after) };
}

function format({ at, actor, address, action, target, before, after }: AuditRow): string {
  const who = printable(address === "" ? actor : `${actor} (${address})`);
  const changes = describeChanges(JSON.parse(before) as States, JSON.parse(after) as States);
  const words = [paint("dim", formatTime(at)), who.padEnd(24), paint("bold", action.padEnd(16)), printable(target)];
  return `${words.join("  ")}${changes ? `  ${printable(changes)}` : ""}`;
}

/** What differs: `role "member" → "admin"`; made and deleted things with all that they have. */
function describeChanges(before: States, after: States): string {
  const isChange = Object.keys(before).length > 0 && Object.keys(after).length > 0;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const told = keys.flatMap((key) => {
    const [old, now] = [show(key, before[key]), show(key, after[key])];
    if (isChange) return old === now ? [] : [`${key} ${old} → ${now}`];
    return [`${key} ${now ?? old}`];
  });
  return told.join(", ");
}

function show(key: string, value: unknown): string | undefined {
  return key.endsWith("At") && typeof value === "number" ? formatTime(value) : JSON.stringify(value);
}
