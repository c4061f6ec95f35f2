/**
 * A server as a process of its own, to be killed. Configured by the environment; says where it listens. Its clock is
 * ahead of the real one by CLOCK_AHEAD, and by what stands on each line of its standard input, in ms.
 */
import { flushCompileCache } from "node:module";
import { createInterface } from "node:readline";
import { readConfig } from "../server/config.ts";
import { startServer } from "../server/main.ts";
import { CHEAP } from "./_server.ts";

let ahead = Number(process.env["CLOCK_AHEAD"] ?? 0);
const server = await startServer(readConfig(), { now: () => Date.now() + ahead, passwordCost: CHEAP });
// What is killed keeps nothing at its end.
flushCompileCache();
process.stdout.write(`listening ${server.url}\n`);
for await (const line of createInterface(process.stdin)) ahead += Number(line);
