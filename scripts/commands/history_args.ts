import { systemNow } from "../../server/clock.ts";
import { type ListInput, SEVERITIES, type Severity } from "../../web/client/mod.ts";
import { splitList } from "./connection.ts";
import { UsageError } from "./failure.ts";
import { parseMoment } from "./times.ts";

/** The options that say which notifications. */
export const filterArgs = {
  channels: { type: "string", description: "Only these channels, with commas", valueHint: "names" },
  types: { type: "string", description: "Only these types, with commas", valueHint: "names" },
  events: { type: "string", description: "Only these events, with commas", valueHint: "names" },
  "min-severity": { type: "enum", description: "Only this severity and worse", options: [...SEVERITIES] as string[] },
  sender: { type: "string", description: "Only what this one published: a user's id, token:NAME", valueHint: "name" },
  recipient: { type: "string", description: "Only what is addressed to this user", valueHint: "id" },
  key: { type: "string", description: "Only those with this key", valueHint: "key" },
  from: { type: "string", description: "From this time on: 2027-01-31, 2027-01-31T13:00, 7d ago", valueHint: "time" },
  until: { type: "string", description: "Up to this time", valueHint: "time" },
  read: { type: "boolean", description: "Only what the token's user has read" },
  unread: { type: "boolean", description: "Only what the token's user has not read" },
  all: { type: "boolean", description: "Also what is addressed to others (admins)" },
} as const;

/** What the options of {@linkcode filterArgs} hold. */
export type FilterValues = Readonly<Record<string, unknown>>;
/** Which notifications, as the hub is asked. */
export type Filter = Extract<ListInput, object>;

/** Reads the options. @throws {UsageError} */
export function readFilter(args: FilterValues, path: readonly string[]): Filter {
  const text = (name: string) => args[name] as string | undefined;
  const now = systemNow();
  const time = (name: string) => {
    const value = text(name);
    return value === undefined ? undefined : parseMoment(value, now, { flag: `--${name}`, path });
  };
  if (args["read"] && args["unread"]) throw new UsageError("give --read or --unread, not both", path);
  const found = {
    channels: splitList(text("channels")),
    types: splitList(text("types")),
    events: splitList(text("events")),
    minSeverity: text("min-severity") as Severity | undefined,
    ...{ sender: text("sender"), recipient: text("recipient"), key: text("key") },
    ...{ from: time("from"), until: time("until") },
    read: args["read"] ? true : args["unread"] ? false : undefined,
    all: args["all"] ? true : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Filter;
}
