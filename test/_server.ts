import { Writable } from "node:stream";
import { pino } from "pino";
import { openDatabase } from "../db/database.ts";
import type { PasswordCost } from "../server/auth/password.ts";
import { type Environment, readConfig } from "../server/config.ts";
import { type RunningServer, startServer } from "../server/main.ts";
import type { Notification } from "../server/rules/notification.ts";
import { findPort } from "./_port.ts";
import { makeTempFolder } from "./_temp.ts";

/** The admin token of every test server. */
export const TOKEN = "test-admin-token-0123456789-0123456789";

/** Hundreds of passwords are hashed in tests, and nearly none for the sake of its hash: a millisecond each. */
export const CHEAP: PasswordCost = { N: 2 ** 8, r: 8, p: 1 };

/** How a test server differs from a plain one. */
export interface TestServerOptions {
  readonly env?: Environment;
  readonly now?: () => number;
  /** What a password costs. Default: {@linkcode CHEAP}. */
  readonly passwordCost?: PasswordCost;
  /** A data folder to use; absent: one of its own, removed at the end. */
  readonly folder?: string;
  /** Channels to make beside `general`. */
  readonly channels?: readonly string[];
}

/** A real server on a free port with a data folder of its own. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly running: RunningServer;
  /** Every line that it logged so far. */
  readonly logs: readonly string[];
  /** Calls it with the admin token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Publishes over REST and answers with what was stored. */
  publish(draft: object): Promise<Notification>;
  /** Calls a tRPC mutation with the admin token. */
  mutate(path: string, input: unknown, init?: RequestInit): Promise<Response>;
  /** Calls a tRPC query with the admin token. */
  query(path: string, input?: unknown, init?: RequestInit): Promise<Response>;
  createChannel(name: string): Promise<void>;
  /** Ids of everything stored, as the database file has them. */
  storedIds(): number[];
}

/** Starts a server on a free port. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const temp = options.folder === undefined ? makeTempFolder() : null;
  const folder = options.folder ?? temp?.path ?? "";
  const logs: string[] = [];
  const sink = new Writable({
    write(chunk, _, done) {
      logs.push(String(chunk));
      done();
    },
  });
  // With a public URL the server does not tell where it listens.
  const port = options.env?.["BELFRY_PUBLIC_URL"] === undefined ? 0 : await findPort();
  const config = readConfig({ BELFRY_PORT: `${port}`, BELFRY_DATA: folder, BELFRY_ADMIN_TOKEN: TOKEN, ...options.env });
  const logger = pino({ level: "trace" }, sink);
  const { passwordCost = CHEAP } = options;
  const running = await startServer(config, { logger, passwordCost, ...(options.now && { now: options.now }) });
  const url = port === 0 ? running.url : `http://127.0.0.1:${port}`;

  const call = (path: string, { headers, ...init }: RequestInit = {}) =>
    fetch(`${url}${path}`, { headers: { authorization: `Bearer ${TOKEN}`, ...headers }, ...init });
  const json = { "content-type": "application/json" };

  const server: TestServer = {
    url,
    folder,
    running,
    logs,
    fetch: call,
    async publish(draft) {
      const response = await call("/api/notifications", {
        method: "POST",
        headers: json,
        body: JSON.stringify(draft),
      });
      if (response.status !== 201) throw new Error(`publish answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as Notification;
    },
    mutate: (path, input, { headers, ...init } = {}) =>
      call(`/trpc/${path}`, {
        method: "POST",
        headers: { ...json, ...headers },
        body: JSON.stringify(input),
        ...init,
      }),
    query: (path, input, init) =>
      call(`/trpc/${path}${input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`}`, init),
    async createChannel(name) {
      const response = await server.mutate("channels.create", { name });
      if (!response.ok) throw new Error(`channels.create answered ${response.status}: ${await response.text()}`);
      await response.body?.cancel();
    },
    storedIds() {
      using db = openDatabase(folder, { readonly: true });
      return db.sqlite.prepare("SELECT id FROM notifications ORDER BY id").pluck().all() as number[];
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      temp?.[Symbol.dispose]();
    },
  };
  for (const name of options.channels ?? []) await server.createChannel(name);
  return server;
}
