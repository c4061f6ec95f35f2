import { countChannels } from "../../db/channels.ts";
import type { Database } from "../../db/database.ts";
import type { Writer } from "../../db/writer.ts";
import type { Hub, ReaderCounts } from "./hub.ts";

/** What statistics are taken from. */
export interface StatisticsSources {
  readonly db: Database;
  readonly hub: Hub;
  readonly writer: Writer;
  readonly now: () => number;
  /** Unix ms. */
  readonly startedAt: number;
}

/** The numbers of a running hub; totals count from its start. */
export interface Statistics {
  /** ISO 8601. */
  readonly startedAt: string;
  /** Milliseconds. */
  readonly uptime: number;
  readonly readers: ReaderCounts;
  readonly streamsOpened: number;
  readonly streamsClosed: number;
  readonly channels: number;
  /** Id of the newest notification. */
  readonly head: number;
  readonly published: number;
  readonly deliveries: number;
  readonly replayed: number;
  readonly gaps: number;
  /** Transactions, and their mean time in ms. */
  readonly commits: number;
  readonly commitMs: number;
  /** Commands that wait for the disk. */
  readonly writerBacklog: number;
  /** Resident memory of the process, in bytes. */
  readonly memory: number;
}

/** Takes the numbers of this moment. */
export function readStatistics({ db, hub, writer, now, startedAt }: StatisticsSources): Statistics {
  const { opened, closed, published, deliveries, replayed, gaps, commits, commitMs } = hub.meter;
  return {
    startedAt: new Date(startedAt).toISOString(),
    uptime: now() - startedAt,
    readers: hub.countReaders(),
    streamsOpened: opened,
    streamsClosed: Object.values(closed).reduce((sum, count) => sum + count, 0),
    channels: countChannels(db),
    head: hub.head,
    published,
    deliveries,
    replayed,
    gaps,
    commits,
    commitMs: commits > 0 ? commitMs / commits : 0,
    writerBacklog: writer.backlog,
    memory: process.memoryUsage.rss(),
  };
}
