import { useInfiniteQuery } from "@tanstack/solid-query";
import { createSignal } from "solid-js";
import { formatMinute } from "./clock.ts";
import { type Answers, useHub } from "./hub.ts";

/** A row of the audit trail. */
export type AuditEntry = Answers["audit"]["list"]["items"][number];

/** What was done. */
export type AuditAction = AuditEntry["action"];

/** Which rows to show; empty: all. Times as `datetime-local` writes them, in the reader's own zone. */
export interface AuditFilter {
  readonly actor: string;
  readonly action: AuditAction | "";
  readonly target: string;
  readonly from: string;
  readonly until: string;
}

/** Shows the whole trail. */
export const WHOLE_TRAIL: AuditFilter = { actor: "", action: "", target: "", from: "", until: "" };

/** Who acts beside users and tokens: the command line, the hub, an application's user at first sight, nobody. */
export const OTHER_ACTORS = ["cli", "system", "jwt", "nobody"] as const;

/** What may stand in the trail, by what it was done to. */
const ACTION_TABLE: Readonly<Record<AuditAction, true>> = {
  "session.create": true,
  "session.refused": true,
  "session.delete": true,
  "user.create": true,
  "user.update": true,
  "user.setPassword": true,
  "user.delete": true,
  "link.create": true,
  "token.create": true,
  "token.revoke": true,
  "channel.create": true,
  "channel.update": true,
  "grant.add": true,
  "grant.remove": true,
  "notification.publish": true,
  "notification.remove": true,
  "scheduled.update": true,
  "scheduled.cancel": true,
  "scheduled.drop": true,
  "escalation.skip": true,
  "preferences.set": true,
  "connection.close": true,
  "type.register": true,
};

/** Every action that may stand in the trail. */
export const ACTIONS = Object.keys(ACTION_TABLE) as readonly AuditAction[];

/** One field of what was changed; undefined: it was not there. */
export interface AuditChange {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Creates the audit trail with its filter: the newest first, older pages on request. */
export function createAuditTrail() {
  const hub = useHub();
  const [filter, setFilter] = createSignal(WHOLE_TRAIL);
  const pages = useInfiniteQuery(() => ({
    queryKey: ["audit", filter()],
    queryFn: ({ pageParam }) => hub.trpc.audit.list.query({ ...toInput(filter()), cursor: pageParam, limit: 50 }),
    initialPageParam: null as number | null,
    getNextPageParam: ({ next }) => next,
  }));
  return {
    pages,
    entries: (): AuditEntry[] => pages.data?.pages.flatMap(({ items }) => items) ?? [],
    filter,
    setFilter: (change: Partial<AuditFilter>) => setFilter((old) => ({ ...old, ...change })),
  };
}

/** Says field by field what an entry changed; what stayed as it was, and what is empty from the start, is left out. */
export function describeChanges({ before, after }: Pick<AuditEntry, "before" | "after">): AuditChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .map((name) => ({ name, before: describeValue(name, before[name]), after: describeValue(name, after[name]) }))
    .filter(({ before, after }) => before !== after && (before ?? NOTHING) !== (after ?? NOTHING));
}

/** An empty value, in words. */
const NOTHING = "none";
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

function describeValue(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null || value === "") return NOTHING;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (name.endsWith("At") && typeof value === "number") return formatMinute(value);
  if (typeof value === "string" && ISO.test(value)) return formatMinute(Date.parse(value));
  if (Array.isArray(value)) return value.map(String).join(", ") || NOTHING;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function toInput({ actor, action, target, from, until }: AuditFilter) {
  return {
    ...(actor.trim() && { actor: actor.trim() }),
    ...(action && { action }),
    ...(target.trim() && { target: target.trim() }),
    ...(from && { from: new Date(from).toISOString() }),
    ...(until && { until: new Date(until).toISOString() }),
  };
}
