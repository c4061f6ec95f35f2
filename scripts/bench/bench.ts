/** What every case works with: servers under test, load processes, and the table's rows. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SETTINGS } from "../../server/config.ts";
import { type FillOptions, fillDatabase } from "./fill.ts";
import type { Target } from "./load/target.ts";
import { Child } from "./process.ts";
import { formatValue, type Row } from "./table.ts";
import { copyWorld, MEMBER } from "./world.ts";

/** As `npm start` runs it, and with a way to collect garbage before memory is read. */
const SERVER_ARGS = ["--max-semi-space-size=4", "--expose-gc"];

/** How to run the cases. */
export interface BenchOptions {
  /** Fewer and shorter rounds: to see that all is well, not to quote. */
  readonly quick: boolean;
  /** Compares with other servers that are installed. */
  readonly peers: boolean;
  /** Folder for data folders: chooses the disk. */
  readonly folder?: string | undefined;
  /** More arguments for the server's Node (`--cpu-prof`). */
  readonly nodeArgs: readonly string[];
}

/** How to start a server under test. */
export interface ServerOptions extends FillOptions {
  /** Default: "0". */
  readonly cores?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than the product. */
  readonly module?: URL;
  /** Notifications of the world that the server starts with (see world.ts), instead of what is filled in. */
  readonly world?: number;
}

const SERVER = new URL("./server_entry.ts", import.meta.url);
const READERS = new URL("./load/readers_entry.ts", import.meta.url);
const PUBLISHERS = new URL("./load/publishers_entry.ts", import.meta.url);
/** Limits that many streams from one address and token would meet; 0 switches them off. */
const LIMITS = /^BELFRY_(MAX_STREAMS|STREAM_OPEN_RATE|PUBLISH_RATE|RATE_LIMIT)/;

/** One server under test with its data folder. Disposing ends and deletes both. */
export class TestServer implements AsyncDisposable {
  readonly folder: string;
  readonly #start: () => Promise<Child>;
  #child: Child;
  #url: URL;
  readonly #token: string;

  private constructor(folder: string, token: string, start: () => Promise<Child>, child: Child, url: string) {
    this.folder = folder;
    this.#token = token;
    this.#start = start;
    this.#child = child;
    this.#url = new URL(url);
  }

  /** Fills a new data folder and starts a server on it. */
  static async start(bench: BenchOptions, options: ServerOptions = {}): Promise<TestServer> {
    const { cores = "0", env = {}, module = SERVER, world, ...fill } = options;
    const folder = await mkdtemp(join(bench.folder ?? tmpdir(), "belfry-bench-"));
    if (world !== undefined) copyWorld(world, folder);
    else if (module === SERVER) fillDatabase(folder, fill);
    const token = `bf_${randomBytes(24).toString("base64url")}`;
    const off = SETTINGS.filter((name) => LIMITS.test(name)).map((name) => [name, "0"] as const);
    const settings = {
      ...Object.fromEntries(off),
      BELFRY_DATA: folder,
      BELFRY_PORT: "0",
      BELFRY_ADMIN_TOKEN: token,
      BELFRY_LOG_LEVEL: "silent",
      NODE_ENV: "production",
      ...env,
    };
    const start = () => Child.start(module, { cores, env: settings, nodeArgs: [...SERVER_ARGS, ...bench.nodeArgs] });
    const child = await start();
    return new TestServer(folder, token, start, child, await child.call<string>("url"));
  }

  get child(): Child {
    return this.#child;
  }

  /** Where to publish and read. */
  target(publish: Target["publish"] = "rest"): Target {
    const { hostname: host, port } = this.#url;
    return { host, port: Number(port), publish, headers: { authorization: `Bearer ${this.#token}` } };
  }

  /** Where to read as the member of the world. */
  memberTarget(): Target {
    return { ...this.target(), headers: { authorization: `Bearer ${MEMBER.token}` } };
  }

  /** Kills the server as a crash would and starts another on the same data folder. */
  async restart(): Promise<void> {
    await this.#child.kill();
    this.#child = await this.#start();
    this.#url = new URL(await this.#child.call<string>("url"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What a case gets. */
export class Bench {
  readonly options: BenchOptions;
  readonly rows: Row[] = [];
  readonly #name: string;

  constructor(name: string, options: BenchOptions) {
    this.#name = name;
    this.options = options;
  }

  /** How often and how long to measure a rate. */
  get rounds(): { readonly rounds: number; readonly seconds: number } {
    return this.options.quick ? { rounds: 1, seconds: 2 } : { rounds: 3, seconds: 3 };
  }

  /** The first in a full run, the second in a quick one. */
  scale<Value>(full: Value, quick: Value): Value {
    return this.options.quick ? quick : full;
  }

  startServer(options?: ServerOptions): Promise<TestServer> {
    return TestServer.start(this.options, options);
  }

  /** A process that reads streams. */
  startReaders(cores = "1"): Promise<Child> {
    return Child.start(READERS, { cores });
  }

  /** A process that publishes. */
  startPublishers(cores = "1"): Promise<Child> {
    return Child.start(PUBLISHERS, { cores });
  }

  /** Adds a row to the table, and says so meanwhile. */
  report(row: Omit<Row, "case">): void {
    this.rows.push({ case: this.#name, ...row });
    const busy = row.saturated ? `, saturated: ${row.saturated}` : "";
    console.error(`  ${row.figure}: ${formatValue(row)}${busy}${row.note ? ` (${row.note})` : ""}`);
  }
}
