import type { Statistics } from "../../client/mod.ts";

/** One number as it stands on screen. */
export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

/** Numbers that belong together. */
export interface FigureGroup {
  readonly title: string;
  readonly figures: readonly Figure[];
}

/** Says a hub's numbers for people, in groups. */
export function describeStatistics(statistics: Statistics): FigureGroup[] {
  const { readers, published, deliveries, replayed, gaps, commits, commitMs, writerBacklog, memory } = statistics;
  const { uptime, channels, head, streamsOpened, streamsClosed } = statistics;
  return [
    {
      title: "Readers now",
      figures: [
        figure("Live", readers.live, "at the newest notification"),
        figure("Catching up", readers.catchingUp, "reading what they missed"),
        figure("Stalled", readers.stalled, "their connection takes no more"),
      ],
    },
    {
      title: "Notifications",
      figures: [
        figure("Published", published, `newest is ${formatCount(head)}`),
        figure("Deliveries", deliveries, `${formatCount(replayed)} of them replayed`),
        figure("Gaps", gaps, "told to readers"),
      ],
    },
    {
      title: "Disk and process",
      figures: [
        figure("Commits", commits, `${formatMilliseconds(commitMs)} each`),
        figure("Waiting", writerBacklog, "for the disk"),
        figure("Memory", formatMemory(memory), "resident"),
        figure("Running for", formatSpan(uptime), "without a restart"),
        figure("Channels", channels, "to publish to"),
        figure("Streams opened", streamsOpened, `${formatCount(streamsClosed)} closed again`),
      ],
    },
  ];
}

function figure(label: string, value: number | string, note: string): Figure {
  return { label, value: typeof value === "number" ? formatCount(value) : value, note };
}

const count = new Intl.NumberFormat("en");

/** Writes a count with its thousands apart. */
export function formatCount(value: number): string {
  return count.format(value);
}

/** Writes a number of unread notifications, which is read at a glance. */
export function formatUnread(count: number): string {
  return count > 999 ? "999+" : `${count}`;
}

/** Writes bytes as MiB. */
export function formatMemory(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
}

/** Writes a time in ms with two digits that matter. */
export function formatMilliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

/** Writes a span of ms as its two largest units: `3 d 4 h`, `12 min 5 s`. */
export function formatSpan(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}
