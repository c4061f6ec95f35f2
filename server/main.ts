/** The composition root: only this and composition/ build things, and only this names the real clock. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { readPublicUrl } from "../db/public_url.ts";
import { hasAdmin } from "../db/users.ts";
import { PASSWORD_COST, type PasswordCost } from "./auth/password.ts";
import { systemNow } from "./clock.ts";
import { buildAuth } from "./composition/auth.ts";
import { buildPublishing, buildReading } from "./composition/desks.ts";
import type { Ground } from "./composition/ground.ts";
import { buildHub } from "./composition/hub.ts";
import { openStorage } from "./composition/storage.ts";
import { buildWeb } from "./composition/web.ts";
import { type Config, httpUrl, localUrl } from "./config.ts";
import { listen } from "./listen.ts";
import { createLogger } from "./logger.ts";

/** What may be handed in instead of the real thing. */
export interface StartOptions {
  readonly now?: () => number;
  readonly logger?: Logger;
  /** Of new passwords. Default: {@linkcode PASSWORD_COST}. */
  readonly passwordCost?: PasswordCost;
}

/** A server that listens. Disposing stops it: queued publishes are committed and answered, streams end. */
export interface RunningServer extends AsyncDisposable {
  /** Where its users reach it. */
  readonly url: string;
  /** Where it listens; the same unless a public URL is set, or it listens on all addresses. */
  readonly listensOn: string;
  /** The one-time link to make the first admin; null when there is one. */
  readonly setUpLink: string | null;
}

/** How long a request may take to arrive, with its body, in ms. */
const REQUEST_TIMEOUT = 30_000;
/** How long open requests may take to finish once the server stops, in ms. */
const GRACE = 3_000;

/**
 * Starts a server.
 *
 * @throws {DatabaseOpenError} when the data folder or the database cannot be used.
 * @throws {ListenError} when the address cannot be listened on.
 */
export async function startServer(config: Config, options: StartOptions = {}): Promise<RunningServer> {
  const { now = systemNow, logger = createLogger(config), passwordCost = PASSWORD_COST } = options;
  await using stack = new AsyncDisposableStack();
  const onError = (error: unknown) => logger.error({ err: error }, "A request failed");
  const secure = config.publicUrl?.startsWith("https:") ?? false;
  let url = config.publicUrl ?? "";

  const ground: Ground = { config, now, logger, onError, stack, secure, passwordCost };
  const storage = await openStorage(ground);
  const auth = buildAuth({ ...ground, ...storage }, () => url);
  const hubParts = buildHub({ ...ground, ...storage }, auth);
  const house = { ...ground, ...storage, ...auth, ...hubParts };
  const desks = { ...buildReading(house), ...buildPublishing(house) };
  const stopping = new AbortController();
  const listener = buildWeb({ ...house, ...desks }, stopping.signal);

  const { db, writer } = storage;
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT }, listener);
  await listen(server, config);
  const { port } = server.address() as AddressInfo;
  url ||= localUrl({ host: config.host, port });
  if (readPublicUrl(db) !== url) await writer.execute({ kind: "publicUrl.set", input: { url } });
  const parts = stack.move();
  return {
    url,
    listensOn: httpUrl({ host: config.host, port }),
    setUpLink: hasAdmin(db) ? null : auth.firstRun.link(url),
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      // The streams first: to Node their connections are idle, and closing would cut them before their last chunk.
      stopping.abort();
      hubParts.hub[Symbol.dispose]();
      server.close();
      await parts.disposeAsync();
      const timer = setTimeout(() => server.closeAllConnections(), GRACE);
      server.closeIdleConnections();
      await closed;
      clearTimeout(timer);
    },
  };
}
