/** The figures as people and programs read them. */
import { execFileSync } from "node:child_process";
import { cpus, hostname, release } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";

/** A goal that a figure is held against, in the figure's unit. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One figure. */
export interface Row {
  readonly case: string;
  readonly figure: string;
  readonly value: number | null;
  readonly unit: string;
  readonly goal?: Goal;
  /** Share of one core that the server used, all threads; 1 is a whole core. */
  readonly serverCpu?: number;
  /** The same of the load. */
  readonly loadCpu?: number;
  /** Which processes could do no more; "waited": because other programs held the core. */
  readonly saturated?: string;
  readonly note?: string;
}

/** Where and when the figures were taken. */
export interface Machine {
  readonly date: string;
  readonly host: string;
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
  readonly sqlite: string;
  readonly commit: string;
  /** Share of all cores that other programs used before the first case: figures are worth less the higher it is. */
  readonly busy: number;
}

/** Describes this machine; takes a second to see how busy it is. */
export async function describeMachine(): Promise<Machine> {
  const db = new Sqlite(":memory:");
  const sqlite = db.prepare("SELECT sqlite_version()").pluck().get() as string;
  db.close();
  return {
    date: new Date().toISOString(),
    host: hostname(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    system: `${process.platform} ${release()}`,
    node: process.version,
    sqlite,
    commit: readCommit(),
    busy: await readBusy(),
  };
}

/** One figure with its unit: "312,000 /s", "15.2 KiB", "3.41 ms". */
export function formatValue({ value, unit }: Pick<Row, "value" | "unit">): string {
  if (value === null) return "–";
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}

/** Whether a row meets its goal; null when it has none. */
export function isMet({ value, goal }: Row): boolean | null {
  if (!goal || value === null) return null;
  return "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/** The table as Markdown, readable as text too. */
export function formatTable(machine: Machine, rows: readonly Row[]): string {
  const { date, host, cpu, cores, system, node, sqlite, commit, busy } = machine;
  const heads = ["Case", "Figure", "Value", "Goal", "Server CPU", "Load CPU", "Saturated", "Note"];
  const cells = rows.map((row) => [
    row.case,
    row.figure,
    formatValue(row),
    formatGoal(row),
    formatShare(row.serverCpu),
    formatShare(row.loadCpu),
    row.saturated ?? "",
    row.note ?? "",
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...cells.map((line) => line[column]?.length ?? 0)));
  const isNumber = (column: number) => column >= 2 && column <= 5;
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, at) => (isNumber(at) ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, at) => (isNumber(at) ? `${"-".repeat(width - 1)}:` : "-".repeat(width))).join(" | ")} |`;
  return [
    `${host}: ${cpu}, ${cores} cores (${Math.round(busy * 100)} % in use by other programs), ${system}`,
    `Node ${node}, SQLite ${sqlite}, Belfry ${commit}, ${date}`,
    "",
    line(heads),
    rule,
    ...cells.map(line),
  ].join("\n");
}

function formatGoal(row: Row): string {
  const met = isMet(row);
  if (!row.goal) return "";
  const [sign, value] = "atLeast" in row.goal ? ["≥", row.goal.atLeast] : ["≤", row.goal.atMost];
  const mark = met === null ? "" : met ? " ✓" : " ✗";
  return `${sign} ${value.toLocaleString("en-US", { maximumFractionDigits: 2 })}${mark}`;
}

function formatShare(share: number | undefined): string {
  return share === undefined ? "" : `${Math.round(share * 100)} %`;
}

async function readBusy(): Promise<number> {
  const read = () => {
    const times = cpus().map((core) => core.times);
    const idle = times.reduce((sum, time) => sum + time.idle, 0);
    return {
      idle,
      all: times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0),
    };
  };
  const before = read();
  await sleep(1_000);
  const after = read();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

function readCommit(): string {
  try {
    const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8", stdio: "pipe" }).trim();
    return git("describe", "--always", "--dirty");
  } catch {
    return "of unknown commit";
  }
}
