import { countChannels } from "../../db/channels.ts";
import { type Database, readWalBytes } from "../../db/database.ts";
import type { Writer } from "../../db/writer.ts";
import type { EventLoopDelay, EventLoopMonitor } from "./event_loop.ts";
import type { Hub, ReaderCounts } from "./hub.ts";
import type { CloseReason } from "./meter.ts";

/** What statistics are taken from. */
export interface StatisticsSources {
  readonly db: Database;
  readonly hub: Hub;
  readonly writer: Writer;
  readonly now: () => number;
  /** Unix ms. */
  readonly startedAt: number;
  readonly loop: EventLoopMonitor;
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
  readonly closedBy: Readonly<Record<CloseReason, number>>;
  /** Open streams by transport: `trpc`, `sse`, and `other` for those that are iterated. */
  readonly connections: Readonly<Record<string, number>>;
  readonly channels: number;
  /** Id of the newest notification. */
  readonly head: number;
  readonly published: number;
  readonly deliveries: number;
  readonly replayed: number;
  readonly gaps: number;
  /** Ephemeral notifications, and how many readers lost one because they were behind. */
  readonly ephemeral: number;
  readonly dropped: number;
  /** Transactions, and their mean time in ms. */
  readonly commits: number;
  readonly commitMs: number;
  /** Commands that wait for the disk. */
  readonly writerBacklog: number;
  /** Size of the write-ahead log, in bytes. */
  readonly walBytes: number;
  /** Resident memory of the process, in bytes. */
  readonly memory: number;
  readonly eventLoopDelay: EventLoopDelay;
}

/** Takes the numbers of this moment. */
export function readStatistics({ db, hub, writer, now, startedAt, loop }: StatisticsSources): Statistics {
  const { opened, closed, published, deliveries, replayed, gaps, ephemeral, dropped, commits, commitMs } = hub.meter;
  return {
    startedAt: new Date(startedAt).toISOString(),
    uptime: now() - startedAt,
    readers: hub.countReaders(),
    streamsOpened: opened,
    streamsClosed: Object.values(closed).reduce((sum, count) => sum + count, 0),
    closedBy: closed,
    connections: hub.countConnections(),
    channels: countChannels(db),
    head: hub.head,
    published,
    deliveries,
    replayed,
    gaps,
    ephemeral,
    dropped,
    commits,
    commitMs: commits > 0 ? commitMs / commits : 0,
    writerBacklog: writer.backlog,
    walBytes: readWalBytes(db),
    memory: process.memoryUsage.rss(),
    eventLoopDelay: loop.read(),
  };
}
