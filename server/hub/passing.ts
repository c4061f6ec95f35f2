import type { LogRecord } from "../../db/event_log.ts";
import type { Acknowledged, Expired } from "../rules/stream_item.ts";
import { Frame } from "./frame.ts";

/** A notification as far as it decides who may see it. */
export type Seen = Pick<LogRecord, "id" | "channel" | "type" | "severity" | "recipients">;

/** Where in the log, and when (unix ms), something is told. */
export interface Moment {
  readonly epoch: string;
  readonly head: number;
  readonly createdAt: number;
}

/** Frames that tell those who could see a notification something of it that is not in the log. */
export function toPassing(
  seen: readonly Seen[],
  itemOf: (record: Seen) => Expired | Acknowledged,
  { epoch, head, createdAt }: Moment,
): Frame[] {
  return seen.map((record) => {
    const item = itemOf(record);
    const passing = { ...record, id: head, event: item.event, createdAt, json: JSON.stringify(item) };
    return new Frame(passing, epoch, true);
  });
}
