import { defineCommand } from "citty";
import { systemNow } from "../../server/clock.ts";
import type { UsageHistory, UsagePoint } from "../../web/client/mod.ts";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection, splitList } from "./connection.ts";
import { formatTable, formatTime } from "./screen.ts";
import { parseMoment } from "./times.ts";

const PATH = ["belfry", "stats"];

/** `belfry stats` */
export const stats = defineCommand({
  meta: {
    name: "stats",
    description: "Print what was published, delivered, read and acknowledged, by the day or hour",
  },
  args: {
    step: { type: "enum", description: "Default: day", options: ["hour", "day"] },
    from: {
      type: "string",
      description: "From this time on: 2027-01-31, 90d ago (default: 30d, or 24h)",
      valueHint: "time",
    },
    until: { type: "string", description: "Up to this time", valueHint: "time" },
    channels: { type: "string", description: "Only these channels, with commas", valueHint: "names" },
    types: { type: "string", description: "Only these types, with commas", valueHint: "names" },
    by: { type: "enum", description: "The sums of each channel or type instead", options: ["channel", "type"] },
    ...hubArgs,
    json: { type: "boolean", description: "Print JSON" },
  },
  async run({ args }) {
    const action = "read the statistics";
    const now = systemNow();
    const time = (name: "from" | "until") => {
      const text = args[name];
      return text === undefined ? undefined : parseMoment(text, now, { flag: `--${name}`, path: PATH });
    };
    const [from, until] = [time("from"), time("until")];
    const channels = splitList(args.channels);
    const types = splitList(args.types);
    const history = await callHub(readConnection(args, action), action, (hub) =>
      hub.trpc.stats.history.query({
        ...(args.step && { step: args.step as "hour" | "day" }),
        ...(args.by && { by: args.by as "channel" | "type" }),
        ...(from !== undefined && { from }),
        ...(until !== undefined && { until }),
        ...(channels && { channels }),
        ...(types && { types }),
      }),
    );
    console.log(args.json ? JSON.stringify(history) : format(history, args.by).join("\n"));
  },
});

function format({ series }: UsageHistory, by: string | undefined): string[] {
  const facts = ["PUBLISHED", "DELIVERED", "READ", "ACKNOWLEDGED"];
  if (by) {
    const rows = series.map(({ name, points }) => [...sums(points), name || "–"]);
    return formatTable([...facts, by.toUpperCase()], rows);
  }
  const points = series.flatMap((one) => one.points);
  const rows = points.map((point) => [
    formatTime(point.at).slice(0, 16),
    ...sums([point]),
    duration(point.medianReadMs),
  ]);
  return formatTable(["FROM", ...facts, "READ AFTER"], rows);
}

function sums(points: readonly UsagePoint[]): string[] {
  const sum = (of: (point: UsagePoint) => number) => String(points.reduce((all, point) => all + of(point), 0));
  return [sum((p) => p.published), sum((p) => p.delivered), sum((p) => p.read), sum((p) => p.acknowledged)];
}

const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
] as const;

/** A time in its largest unit: `1.5 h`. */
function duration(ms: number | null): string {
  if (ms === null) return "–";
  const [size, unit] = UNITS.find(([length]) => ms >= length) ?? [1, "ms"];
  return `${Math.round((ms / size) * 10) / 10} ${unit}`;
}
