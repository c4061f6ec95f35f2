import type { Statistics } from "../web/client/mod.ts";
import type { TestServer } from "./_server.ts";

/** One line with a figure. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A page of figures in Prometheus' text format, version 0.0.4. */
export interface MetricsPage {
  /** Type of each family of figures. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** The one figure of a name that has (at least) these labels. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:\\[\\n"]|[^"\\\n])*"`;
const SAMPLE = new RegExp(String.raw`^(${NAME})(?:\{((?:${LABEL},?)*)\})? (\S+)$`);
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
};

/** Reads a page of figures. Refuses what Prometheus would. */
export function parseMetrics(text: string): MetricsPage {
  if (!text.endsWith("\n")) throw new SyntaxError("the last line has no end");
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const seen = new Set<string>();
  const samples: Sample[] = [];
  let family = "";
  for (const line of text.split("\n").filter(Boolean)) {
    const [, kind, about = "", rest = ""] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`).exec(line) ?? [];
    if (kind === "HELP") {
      if (helped.has(about)) throw new SyntaxError(`a second HELP: ${line}`);
      helped.add(about);
    } else if (kind === "TYPE") {
      if (types.has(about) || !SUFFIXES[rest]) throw new SyntaxError(`a second TYPE, or none that is known: ${line}`);
      types.set(about, rest);
      family = about;
    } else {
      const [, name, labels = "", number = ""] = SAMPLE.exec(line) ?? [];
      if (name === undefined) throw new SyntaxError(`no line of a page of figures: ${line}`);
      const suffixes = SUFFIXES[types.get(family) ?? ""] ?? [];
      if (!suffixes.some((suffix) => name === family + suffix)) throw new SyntaxError(`not of ${family}: ${line}`);
      if (seen.has(`${name} ${labels}`)) throw new SyntaxError(`a second time: ${line}`);
      seen.add(`${name} ${labels}`);
      samples.push({ name, labels: parseLabels(labels), value: parseValue(number, line) });
    }
  }
  for (const [name, type] of types) if (type === "histogram") checkHistogram(name, samples);
  const value = (name: string, labels: Readonly<Record<string, string>> = {}) => {
    const found = samples.filter((sample) => {
      return sample.name === name && Object.entries(labels).every(([key, wanted]) => sample.labels[key] === wanted);
    });
    const [only] = found;
    if (!only || found.length > 1) throw new RangeError(`${found.length} figures of ${name} ${JSON.stringify(labels)}`);
    return only.value;
  };
  return { types, samples, value };
}

/** Reads a server's figures. */
export async function readMetrics(server: TestServer): Promise<MetricsPage> {
  const response = await server.fetch("/metrics");
  return parseMetrics(await response.text());
}

/** Reads `stats.current`. */
export async function readStats(server: TestServer): Promise<Statistics> {
  const response = await server.query("stats.current");
  return ((await response.json()) as { result: { data: Statistics } }).result.data;
}

function parseLabels(text: string): Record<string, string> {
  const pairs = text.match(new RegExp(LABEL, "g")) ?? [];
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf('"') + 1, -1)]),
  );
}

function parseValue(text: string, line: string): number {
  const value = Number(text.replace("Inf", "Infinity"));
  if (text === "" || (Number.isNaN(value) && text.toLowerCase() !== "nan")) throw new SyntaxError(`no number: ${line}`);
  return value;
}

/** Buckets only grow, and the last has everything. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const of = (suffix: string) => samples.filter((sample) => sample.name === `${name}${suffix}`);
  const buckets = new Map<string, number[]>();
  for (const { labels, value } of of("_bucket")) {
    const { le, ...others } = labels;
    const key = JSON.stringify(others);
    const list = buckets.get(key) ?? [];
    if (le === undefined || value < (list.at(-1) ?? 0)) throw new SyntaxError(`buckets of ${name} do not grow`);
    buckets.set(key, [...list, value]);
  }
  for (const { labels, value } of of("_count")) {
    if (buckets.get(JSON.stringify(labels))?.at(-1) !== value) throw new SyntaxError(`buckets of ${name} miss some`);
  }
}
