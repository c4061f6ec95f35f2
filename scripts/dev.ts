/**
 * `npm run dev`: the server with reload and the page with hot reload, on one address; what follows `--` goes to the
 * server (`npm run dev -- --data /tmp/try`). BELFRY_DEV_PORT is the page's port. Either one's end, and Ctrl-C, ends both.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { stopSignal } from "./commands/stop_signal.ts";

// The server refuses settings that are not its own.
const { BELFRY_DEV_PORT = "5173", ...env } = process.env;
const PORT = env["BELFRY_PORT"] ?? "8787";
const PAGE_PORT = Number(BELFRY_DEV_PORT);
const ROOT = fileURLToPath(new URL("..", import.meta.url));

const target = `http://127.0.0.1:${PORT}`;
const stopped = stopSignal();
await using vite = await createVite();
await vite.listen();
const pageUrl = `http://127.0.0.1:${vite.config.server.port}`;
console.log(`The page, with reload: ${pageUrl}`);

const args = ["--watch-preserve-output", "--watch", "scripts/cli.ts", "serve", "--port", PORT, "--public-url", pageUrl];
const server = spawn(process.execPath, [...args, ...process.argv.slice(2)], { cwd: ROOT, env, stdio: "inherit" });
const ended = once(server, "exit");
await Promise.race([stopped, ended]);
server.kill("SIGTERM");
await ended;

async function createVite() {
  const made = await createServer({
    configFile: `${ROOT}web/vite.config.ts`,
    logLevel: "warn",
    clearScreen: false,
    server: {
      host: "127.0.0.1",
      port: PAGE_PORT,
      strictPort: true,
      proxy: { "/api": target, "/trpc": { target, ws: true }, "/healthz": target },
    },
  });
  return Object.assign(made, { [Symbol.asyncDispose]: () => made.close() });
}
