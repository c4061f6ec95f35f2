/** nginx with the nchan module, the fastest peer known: one worker on core 0, no logs, memory only. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sharedNow, type Usage } from "./calls.ts";
import type { OpenOptions } from "./load/streams.ts";
import type { Target } from "./load/target.ts";
import type { Child } from "./process.ts";
import { canPin } from "./process.ts";

/** How to install it. */
export const INSTALL = "Debian: apt-get install nginx-light libnginx-mod-nchan";
/** Longest time to start, in ms. */
const PATIENCE = 5_000;
/** Clock ticks of /proc per second, on every Linux that Node runs on. */
const TICKS = 100;

/** The module's file; undefined when nginx or the module is not installed. */
function findModule(): string | undefined {
  const { stderr } = spawnSync("nginx", ["-V"], { encoding: "utf8" });
  const folder = /--modules-path=(\S+)/.exec(stderr ?? "")?.[1];
  const file = folder && join(folder, "ngx_nchan_module.so");
  return file && existsSync(file) ? file : undefined;
}

function configFor(module: string, folder: string, port: number): string {
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${join(folder, name)};`)
    .join("\n");
  return `load_module ${module};
${process.getuid?.() === 0 ? "user root;" : ""}
daemon off;
worker_processes 1;
pid ${join(folder, "nginx.pid")};
error_log ${join(folder, "error.log")} crit;
events { worker_connections 12000; }
http {
  access_log off;
  keepalive_requests 1000000000;
${temps}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /publish { nchan_publisher; nchan_channel_id bench; nchan_message_buffer_length 1000; }
    location = /subscribe { nchan_subscriber eventsource; nchan_channel_id bench; }
  }
}
`;
}

/** A running nchan. Disposing ends it. */
export class Nchan implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #port: number;

  private constructor(process: ChildProcess, folder: string, port: number) {
    this.#process = process;
    this.#folder = folder;
    this.#port = port;
  }

  /** Starts nginx on a free port; undefined when it is not installed. */
  static async start(): Promise<Nchan | undefined> {
    const module = findModule();
    if (!module) return undefined;
    const folder = await mkdtemp(join(tmpdir(), "belfry-nchan-"));
    const port = await findPort();
    const file = join(folder, "nginx.conf");
    await writeFile(file, configFor(module, folder, port));
    const [command = "", ...args] = [...(canPin() ? ["taskset", "-c", "0"] : []), "nginx", "-p", folder, "-c", file];
    const nchan = new Nchan(spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] }), folder, port);
    await waitFor(port);
    return nchan;
  }

  /** Where to publish. */
  get target(): Target {
    return { host: "127.0.0.1", port: this.#port, publish: "raw", publishPath: "/publish", headers: {} };
  }

  /** Opens streams from a load process. */
  open(load: Child, count: number): Promise<number> {
    const { host, port, headers } = this.target;
    const options = { host, port, headers, count, paths: ["/subscribe"], ready: ": hi", atOnce: 128 };
    return load.call<number>("open", options satisfies OpenOptions);
  }

  /** What the worker has used. */
  async usage(): Promise<Usage> {
    const { pid } = this.#process;
    const [worker = ""] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    const [user = 0, system = 0] = readFileSync(`/proc/${worker}/stat`, "utf8").split(" ").slice(13, 15).map(Number);
    const [, wait = "0"] = readFileSync(`/proc/${worker}/schedstat`, "utf8").split(" ");
    return { at: sharedNow(), cpu: ((user + system) / TICKS) * 1e6, wait: Number(wait) / 1_000 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function waitFor(port: number): Promise<void> {
  for (const start = Date.now(); Date.now() - start < PATIENCE; await sleep(50)) {
    const socket = connect(port, "127.0.0.1");
    const isUp = await once(socket, "connect")
      .then(() => true)
      .catch(() => false);
    socket.destroy();
    if (isUp) return;
  }
  throw new Error(`Cannot start nginx: it does not listen after ${PATIENCE} ms`);
}
