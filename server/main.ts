/** The composition root: the only place that builds things, and the only one that names the real clock. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import type { Logger } from "pino";
import { isAsked } from "../db/commands.ts";
import { openDatabase, prepareFolder } from "../db/database.ts";
import { lockFolder } from "../db/folder_lock.ts";
import { readPublicUrl } from "../db/public_url.ts";
import { SqliteLog } from "../db/sqlite_log.ts";
import { hasAdmin } from "../db/users.ts";
import { Writer } from "../db/writer.ts";
import { AccessBook } from "./auth/access_book.ts";
import { Accounts } from "./auth/accounts.ts";
import { TrustedProxies } from "./auth/address.ts";
import { Attempts } from "./auth/attempts.ts";
import { Authenticator, type Credentials } from "./auth/authenticate.ts";
import { FirstRun } from "./auth/first_run.ts";
import { JwtVerifier } from "./auth/jwt.ts";
import { RateLimits } from "./auth/limits.ts";
import { findStepObjection } from "./auth/orderer.ts";
import { corsHeaders } from "./auth/origin.ts";
import { Passwords } from "./auth/password.ts";
import { StreamLimits } from "./auth/stream_limits.ts";
import { TypeBook } from "./catalogue/type_book.ts";
import { TypeDesk } from "./catalogue/type_desk.ts";
import { systemNow } from "./clock.ts";
import { type Config, httpUrl, localUrl } from "./config.ts";
import { createApi } from "./http/api.ts";
import { createApp, HSTS } from "./http/app.ts";
import { createAssets } from "./http/assets.ts";
import { Metrics } from "./http/metrics.ts";
import { createOperations } from "./http/operations.ts";
import { PlainStream } from "./http/stream.ts";
import { Behind } from "./hub/behind.ts";
import { Deliveries } from "./hub/deliveries.ts";
import { EventLoopMonitor } from "./hub/event_loop.ts";
import { History } from "./hub/history.ts";
import { Housekeeper } from "./hub/housekeeper.ts";
import { Hub } from "./hub/hub.ts";
import { isStreaming, parseTarget } from "./hub/socket_stream.ts";
import { readStatistics } from "./hub/statistics.ts";
import { Tally } from "./hub/tally.ts";
import { Usage } from "./hub/usage.ts";
import { listen } from "./listen.ts";
import { createLogger } from "./logger.ts";
import { AcknowledgementDesk } from "./publishing/acknowledgement_desk.ts";
import { Deduplicator, REMEMBERED } from "./publishing/deduplicator.ts";
import { Publisher } from "./publishing/publisher.ts";
import { Recipients } from "./publishing/recipients.ts";
import { Remover } from "./publishing/remover.ts";
import { Scheduler } from "./publishing/scheduler.ts";
import { Settlement } from "./publishing/settlement.ts";
import { Archive } from "./reading/archive.ts";
import { Connections } from "./reading/connections.ts";
import { Follower } from "./reading/follower.ts";
import { PreferenceBook } from "./reading/preference_book.ts";
import { ReadDesk } from "./reading/read_desk.ts";
import { UsageDesk } from "./reading/usage_desk.ts";
import { createGivenSchema } from "./rules/draft.ts";
import { createPreferencesSchema } from "./rules/preferences.ts";
import { DEFAULT_RETENTION } from "./rules/retention.ts";
import { createUsageSchema } from "./rules/usage.ts";
import { createTrpcHandler } from "./trpc/handler.ts";
import { createTrpc } from "./trpc/init.ts";
import { createAppRouter } from "./trpc/router.ts";
import { SseTransport } from "./trpc/sse_transport.ts";

/** What may be handed in instead of the real thing. */
export interface StartOptions {
  readonly now?: () => number;
  readonly logger?: Logger;
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
/** Bytes of a publish beside message and data: title, links, tags, JSON's own signs. */
const ENVELOPE = 64 * 1024;
const WEB_DIST = fileURLToPath(new URL("../web/dist", import.meta.url));
const CHANNEL = "general";

/**
 * Starts a server.
 *
 * @throws {DatabaseOpenError} when the data folder or the database cannot be used.
 * @throws {ListenError} when the address cannot be listened on.
 */
export async function startServer(config: Config, options: StartOptions = {}): Promise<RunningServer> {
  const { now = systemNow, logger = createLogger(config) } = options;
  await using stack = new AsyncDisposableStack();
  const onError = (error: unknown) => logger.error({ err: error }, "A request failed");

  const secure = config.publicUrl?.startsWith("https:") ?? false;

  prepareFolder(config.data);
  stack.use(lockFolder(config.data));
  const writer = stack.use(await Writer.start(config.data));
  stack.use(
    writer.onFailure((err) => logger.fatal({ err }, "The writer has died: nothing can be stored until a restart")),
  );
  const db = stack.use(openDatabase(config.data, { readonly: true }));
  const log = stack.use(new SqliteLog(db, writer));
  await ensureChannel(writer, now());

  const access = stack.use(new AccessBook(db, writer));
  const authenticator = stack.use(
    new Authenticator({
      db,
      writer,
      access,
      now,
      secure,
      adminToken: config.adminToken,
      jwt: createJwtVerifier(config, now, logger),
      onRefused: (reason) => logger.warn({ reason }, "A JSON web token was refused"),
      onEmailTaken: (user, other) =>
        logger.warn(
          { user, other },
          "A new user of an application has another's e-mail address, and is made without it",
        ),
    }),
  );
  const limits = new RateLimits(config);
  const proxies = new TrustedProxies(config.trustedProxies, (address) =>
    logger.warn({ address }, "X-Forwarded-For is ignored: its sender is not in BELFRY_TRUSTED_PROXIES"),
  );
  const streamLimits = new StreamLimits({
    maxStreams: config.maxStreams,
    perUser: config.maxStreamsPerUser,
    perToken: config.maxStreamsPerToken,
    perAddress: config.maxStreamsPerAddress,
    openRate: config.streamOpenRate,
  });

  const { heartbeat, stallTimeout: patience, maxStreamLife: maxLife } = config;
  const metrics = new Metrics();
  const hasChannel = (name: string) => access.hasChannel(name);
  const deliveries = stack.use(new Deliveries({ writer, now, onError }));
  const tally = stack.use(new Tally({ writer, now, onError }));
  const told = { observer: metrics, onAsked: deliveries.note.bind(deliveries), onDelivered: tally.count };
  const hub = new Hub({ log, hasChannel, now, onError, heartbeat, patience, maxLife, ...told });
  stack.use(
    writer.onCommit((committed, commitMs) => {
      const asked = committed.filter(({ command }) => isAsked(command)).length;
      if (asked === 0) return;
      hub.meter.countCommit(commitMs);
      metrics.countCommit(asked, commitMs);
    }),
  );
  const preferences = stack.use(new PreferenceBook({ db, writer, access, now }));
  const follower = stack.use(new Follower({ hub, access, preferences, authenticator, streamLimits, now, onError }));
  const connections = new Connections({ hub, follower, writer, now });
  const draftLimits = { messageBytes: config.maxMessageBytes, dataBytes: config.maxDataBytes };
  const types = stack.use(new TypeBook(db, writer));
  const draftSchema = createGivenSchema(draftLimits, now);
  const recipients = new Recipients(db, config.unknownUsers);
  const scheduler = new Scheduler({ db, writer, access, draftSchema, types, recipients, draftLimits, now });
  const deduplicator = new Deduplicator({ db, now });
  const common = { db, hub, access, limits, writer, now };
  const publisher = new Publisher({ ...common, onError, types, recipients, draftLimits, scheduler, deduplicator });
  const remover = new Remover({ db, writer, access, now });
  const settlement = new Settlement(db, access);
  stack.use(
    new Housekeeper({
      ...{ db, writer, log, now },
      tellExpired: (expired) => hub.tellExpired(expired),
      isSettled: (sent) => settlement.isSettled(sent),
      stepObjection: (orderer, channel) => findStepObjection({ db, access }, orderer, channel),
      objection: (row, draft) => scheduler.objection(row, draft),
      rememberKeys: REMEMBERED,
      onError: (err) => logger.error({ err }, "Housekeeping failed; it is tried again"),
    }),
  );
  const typeDesk = new TypeDesk(db, writer, access);
  const acknowledgementDesk = new AcknowledgementDesk({ db, writer, access, settlement, hub, now });
  const readDesk = new ReadDesk({ db, writer, access, hub, now });
  const { index } = stack.use(new Behind({ db, writer, log, onError }));
  const usageDesk = new UsageDesk(new Usage(db), access);
  const archive = new Archive(new History({ db, index, now }), access);

  let url = config.publicUrl ?? "";
  const firstRun = new FirstRun(now);
  const passwords = new Passwords();
  const attempts = new Attempts(now);
  const accounts = new Accounts({ db, writer, now, publicUrl: () => url, secure, firstRun, attempts, passwords });
  const preferencesSchema = createPreferencesSchema(now);
  const stopping = new AbortController();
  const services = {
    ...{ db, writer, access, hub, publisher, archive, follower, accounts, streamLimits, draftSchema, now },
    ...{ preferences, preferencesSchema, acknowledgementDesk, readDesk, typeDesk, connections, scheduler, remover },
    ...{ usageDesk, usageSchema: createUsageSchema(now) },
    startedAt: now(),
    loop: stack.use(new EventLoopMonitor()),
    stopping: stopping.signal,
  };
  metrics.observe(() => readStatistics(services));
  const authenticate = (credentials: Credentials) => authenticator.authenticate(credentials);
  const router = createAppRouter(createTrpc({ heartbeat, onError, authenticate }), services);

  const headersFor = ({ headers }: IncomingMessage) => corsHeaders(headers.origin, config);
  const streams = [
    new SseTransport({
      router,
      headersFor,
      onError,
      createContext: async (request, token) => {
        const { authorization, cookie, "user-agent": userAgent = "" } = request.headers;
        const credentials = token ? { token } : { authorization, cookie };
        const address = proxies.addressOf(request);
        await limits.request(address);
        const caller = await authenticator.authenticate(credentials, address);
        return { caller, credentials, address, userAgent, setCookie: () => undefined };
      },
    }),
    new PlainStream({ follower, authenticator, proxies, limits, headersFor, onError }),
  ];
  const app = createApp({
    authenticator,
    origins: config,
    proxies,
    limits,
    maxBody: config.maxMessageBytes + config.maxDataBytes + ENVELOPE,
    onError,
    api: createApi({ ...services, authenticator, patience, onError }),
    operations: createOperations({ db, writer, authenticator, metrics, proxies }),
    assets: createAssets(WEB_DIST),
    trpc: createTrpcHandler({ router, authenticator, onError }),
  });

  const listener = getRequestListener(app.fetch);
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT }, (request, response) => {
    // A second request on a connection that carries a stream would be answered into the stream.
    if (isStreaming(request.socket)) return void request.socket.destroy();
    if (secure) response.setHeader(...HSTS);
    const target = parseTarget(request.url);
    if (!streams.some((stream) => stream.handle(request, response, target))) void listener(request, response);
  });
  await listen(server, config);
  const { port } = server.address() as AddressInfo;
  url ||= localUrl({ host: config.host, port });
  if (readPublicUrl(db) !== url) await writer.execute({ kind: "publicUrl.set", input: { url } });
  const parts = stack.move();
  return {
    url,
    listensOn: httpUrl({ host: config.host, port }),
    setUpLink: hasAdmin(db) ? null : firstRun.link(url),
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      // The streams first: to Node their connections are idle, and closing would cut them before their last chunk.
      stopping.abort();
      hub[Symbol.dispose]();
      server.close();
      await parts.disposeAsync();
      const timer = setTimeout(() => server.closeAllConnections(), GRACE);
      server.closeIdleConnections();
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Checks tokens of the team's own application, when one is set. */
function createJwtVerifier(config: Config, now: () => number, logger: Logger): JwtVerifier | undefined {
  const { jwtSecret: secret, jwtJwksUrl: jwksUrl, jwtIssuer: issuer, jwtAudience: audience, adminEmails } = config;
  if (!secret && !jwksUrl) return undefined;
  if (jwksUrl && !(issuer && audience)) {
    logger.warn(
      "With BELFRY_JWT_JWKS_URL set BELFRY_JWT_ISSUER and BELFRY_JWT_AUDIENCE too: else tokens that the issuer signs for other services are taken as well",
    );
  }
  const onUnavailable = (err: Error) => logger.warn({ err }, "The keys of JSON web tokens cannot be fetched");
  return new JwtVerifier({ secret, jwksUrl, issuer, audience, adminEmails, now, onUnavailable });
}

/** The channel `general` exists from the first start. */
async function ensureChannel(writer: Writer, at: number): Promise<void> {
  const description = "Everything that has no channel of its own";
  await writer
    .execute({
      kind: "channel.create",
      input: { actor: { id: "system" }, at, name: CHANNEL, description, retention: DEFAULT_RETENTION },
    })
    .catch((error: Error) => {
      if (error.name !== "ConflictError") throw error;
    });
}
