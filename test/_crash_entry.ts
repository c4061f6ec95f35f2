/** A server as a process of its own, to be killed. Configured by the environment; says where it listens. */
import { readConfig } from "../server/config.ts";
import { startServer } from "../server/main.ts";

const server = await startServer(readConfig());
process.stdout.write(`listening ${server.url}\n`);
