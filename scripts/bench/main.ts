/** scripts/bench/ is the benchmark: `npm run bench` runs every case and prints one table. This file chooses the cases. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { Bench, type BenchOptions } from "./bench.ts";
import { CASES, type Case } from "./cases/mod.ts";
import { canPin } from "./process.ts";
import { describeMachine, formatTable, type Row } from "./table.ts";

const USAGE = `Usage: npm run bench -- [case…] [options]

Measures Belfry with the server on core 0 and the load on core 1. Without a case: every case.

  --list            the cases, and nothing else
  --quick           shorter: to see that all is well, not to quote
  --json FILE       also writes all figures to FILE
  --peers           also compares with nchan, where nginx has it
  --data FOLDER     where data folders are made: chooses the disk
  --node-arg=ARG    an argument for the server's Node, such as --node-arg=--cpu-prof

Figures are worth quoting from a machine that does nothing else: "waited" in the column Saturated says that other
programs held the core meanwhile.

A slow disk, by hand: preload a library whose fsync and fdatasync sleep before they call the kernel, for instance
  LD_PRELOAD=./slow_fsync.so npm run bench -- loop-delay latency replay
Only the server calls them. Publishes then wait for their commit; event loop and replay must not.`;

/** Sockets of each process, with room to spare. */
const FILES = 12_000;

function chooseCases(names: readonly string[], peers: boolean): readonly Case[] {
  if (names.length === 0) return CASES.filter(({ isPeer }) => peers || !isPeer);
  return names.map((name) => {
    const found = CASES.find((one) => one.name === name);
    if (!found) throw new RangeError(`Cannot run case "${name}": there is none; --list names them`);
    return found;
  });
}

/** Says what makes figures worth less on this machine. */
function warn(): void {
  if (process.platform === "win32") return;
  const limit = execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
  if (limit !== "unlimited" && Number(limit) < FILES) {
    throw new Error(`Cannot open 10,000 sockets: the limit of open files is ${limit}; run: ulimit -n ${FILES}`);
  }
  if (!canPin()) console.error("Note: taskset is missing, so server and load share all cores");
  if (cpus().length < 2) console.error("Note: there is one core, so server and load share it");
}

async function runCases(cases: readonly Case[], options: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, run } of cases) {
    console.error(name);
    const bench = new Bench(name, options);
    try {
      await run(bench);
    } catch (error) {
      process.exitCode = 1;
      console.error(error);
      bench.report({ figure: "failed", value: null, unit: "", note: (error as Error).message.split("\n", 1)[0] ?? "" });
    }
    rows.push(...bench.rows);
  }
  return rows;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      list: { type: "boolean" },
      quick: { type: "boolean" },
      peers: { type: "boolean" },
      help: { type: "boolean", short: "h" },
      json: { type: "string" },
      data: { type: "string" },
      "node-arg": { type: "string", multiple: true },
    },
  });
  if (values.help) return console.log(USAGE);
  if (values.list) return console.log(CASES.map(({ name, about }) => `${name.padEnd(16)}${about}`).join("\n"));
  warn();
  const { quick = false, peers = false, data: folder, "node-arg": nodeArgs = [] } = values;
  const machine = await describeMachine();
  const rows = await runCases(chooseCases(positionals, peers), { quick, peers, folder, nodeArgs });
  console.log(`\n${formatTable(machine, rows)}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, quick, rows }, null, 2)}\n`);
}

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
