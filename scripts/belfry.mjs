#!/usr/bin/env node
/**
 * The program `belfry`. Plain JavaScript that any Node can read: it makes sure that the Node is new enough, and uses the
 * one that the project pins when the system's is not.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { keepCompiled } from "./compile_cache.mjs";

const OLDEST = 24;
const CLI = new URL("./cli.ts", import.meta.url);
const PINNED = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
const SET_UP = fileURLToPath(new URL("./setup.mjs", import.meta.url));

function refuse(message) {
  console.error(`Cannot run belfry: ${message}`);
  process.exitCode = 1;
}

/** Runs the program under the pinned Node and ends as it ends; signals are passed on. */
function runPinned() {
  const child = spawn(PINNED, [fileURLToPath(CLI), ...process.argv.slice(2)], { stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    for (const name of signals) process.removeAllListeners(name);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}

if (!existsSync(new URL("../node_modules/citty", import.meta.url))) {
  refuse(`its packages are not installed; run: node ${SET_UP}`);
} else if (Number.parseInt(process.versions.node, 10) >= OLDEST) {
  keepCompiled();
  const { main } = await import(CLI.href);
  await main();
} else if (existsSync(PINNED)) {
  keepCompiled();
  runPinned();
} else {
  refuse(`it needs Node ${OLDEST} or newer, this is ${process.versions.node}; run: node ${SET_UP}`);
}
