/**
 * `npm run seed`: fills the data folder with channels, types and notifications to look at. When no server runs they are written
 * straight into the log, spread over the past week; when one runs they are published to it, all of them now, so that open
 * pages see them arrive. It makes itself a token for that and revokes it afterwards. A type that is registered otherwise
 * already stays as it is, and there are no samples of it.
 */
import { openDatabase, prepareFolder } from "../db/database.ts";
import { ConflictError, DatabaseOpenError } from "../db/errors.ts";
import { lockFolder } from "../db/folder_lock.ts";
import { readPublicUrl } from "../db/public_url.ts";
import { SqliteLog } from "../db/sqlite_log.ts";
import { Writer } from "../db/writer.ts";
import { makeToken } from "../server/auth/secrets.ts";
import { TypeBook } from "../server/catalogue/type_book.ts";
import { TypeDesk } from "../server/catalogue/type_desk.ts";
import { systemNow } from "../server/clock.ts";
import { type Config, localUrl, readConfig } from "../server/config.ts";
import { completeDraft } from "../server/rules/completion.ts";
import { createGivenSchema } from "../server/rules/draft.ts";
import { typeInput } from "../server/rules/event_type.ts";
import { DEFAULT_LIMITS } from "../server/rules/limits.ts";
import { encodeDraft } from "../server/rules/notification.ts";
import { type Draft, HubError } from "../web/client/mod.ts";
import { callHub } from "./commands/call_hub.ts";
import { readUrl } from "./commands/connection.ts";
import { explainFailure } from "./commands/failure.ts";
import { createSamples, SAMPLE_CHANNELS } from "./samples.ts";
import { STARTER_TYPES } from "./starter_types.ts";

type StarterType = typeof STARTER_TYPES.types extends ReadonlyMap<string, infer T> ? T : never;

const COUNT = 200;
const WEEK = 7 * 86_400_000;
/** How long the token may be used if this program is killed before it revokes it, in ms. */
const TOKEN_LIFE = 10 * 60_000;
const ACTOR = { id: "cli" };
const SENDER = "token:seed";
const ACTION = "seed the server";

async function seed(config: Config): Promise<void> {
  prepareFolder(config.data);
  using lock = tryLock(config.data);
  await using writer = await Writer.start(config.data);
  if (lock) {
    const count = await writeToLog(config, writer);
    console.log(`Wrote ${count} notifications of the past week into ${config.data}`);
  } else {
    const url = findHub(config);
    const count = await publishTo(url, writer);
    console.log(`Published ${count} notifications to ${url}`);
  }
}

/** Where the hub is: what the environment says, else where it was reached when it last started. */
function findHub(config: Config): string {
  const named = readUrl({}, ACTION);
  if (named) return named;
  using db = openDatabase(config.data, { readonly: true });
  return readPublicUrl(db) ?? localUrl(config);
}

function tryLock(folder: string): Disposable | undefined {
  try {
    return lockFolder(folder);
  } catch (error) {
    if (error instanceof DatabaseOpenError && error.message.includes("another Belfry process")) return undefined;
    throw error;
  }
}

/** Registers the types, and makes samples: none of a type that is registered otherwise already. */
async function prepareSamples(register: (type: StarterType) => Promise<unknown>): Promise<Draft[]> {
  const others = new Set<string>();
  for (const type of STARTER_TYPES.types.values()) {
    await register(type).catch((error: unknown) => {
      if (!isConflict(error)) throw error;
      others.add(type.name);
    });
  }
  if (others.size > 0) console.log(`Left out, because it is registered otherwise: ${[...others].join(", ")}`);
  return createSamples(COUNT).filter(({ type = "" }) => !others.has(type));
}

function isConflict(error: unknown): boolean {
  return error instanceof ConflictError || (error instanceof HubError && error.data?.code === "CONFLICT");
}

async function writeToLog({ data }: Config, writer: Writer): Promise<number> {
  for (const [name, description] of Object.entries(SAMPLE_CHANNELS)) {
    const input = { actor: ACTOR, at: systemNow(), name, description };
    await writer.execute({ kind: "channel.create", input }).catch((error: unknown) => {
      if (!isConflict(error)) throw error;
    });
  }
  using db = openDatabase(data, { readonly: true });
  using log = new SqliteLog(db, writer);
  const desk = new TypeDesk(db, writer, { knows: () => true });
  const samples = await prepareSamples((type) =>
    desk.register(typeInput.parse(type), { actor: ACTOR, at: systemNow() }),
  );
  using types = new TypeBook(db, writer);
  const schema = createGivenSchema();
  const start = systemNow() - WEEK;
  const entries = samples.map((sample, index) => {
    const given = schema.parse(sample);
    const type = types.typeOf(given);
    const draft = completeDraft(given, type && { type, sender: SENDER, limits: DEFAULT_LIMITS });
    return encodeDraft(draft, { sender: SENDER, createdAt: Math.round(start + (index / samples.length) * WEEK) });
  });
  await Promise.all(entries.map((entry) => log.append(entry)));
  return entries.length;
}

async function publishTo(url: string, writer: Writer): Promise<number> {
  const { secret, prefix, hash } = makeToken();
  const at = systemNow();
  const input = {
    actor: ACTOR,
    at,
    name: "seed",
    prefix,
    hash,
    userId: null,
    scopes: ["admin"],
    patterns: ["*"],
    expiresAt: at + TOKEN_LIFE,
  };
  const { id } = await writer.execute({ kind: "token.create", input });
  try {
    return await callHub({ url, token: secret, tokenName: "a token made in its data folder" }, ACTION, async (hub) => {
      // Through the hub, which then knows them at once.
      for (const [name, description] of Object.entries(SAMPLE_CHANNELS)) {
        await hub.trpc.channels.create.mutate({ name, description }).catch((error: unknown) => {
          if (!isConflict(error)) throw error;
        });
      }
      const samples = await prepareSamples((type) => hub.trpc.types.register.mutate(type));
      for (const sample of samples) await hub.publish(sample);
      return samples.length;
    });
  } catch (error) {
    // What a hub says does not tell which hub that is.
    throw error instanceof HubError
      ? new Error(`Cannot ${ACTION} at ${url}: ${error.message}`, { cause: error })
      : error;
  } finally {
    await writer.execute({ kind: "token.revoke", input: { actor: ACTOR, at: systemNow(), id, userId: null } });
  }
}

try {
  await seed(readConfig());
} catch (error) {
  console.error(explainFailure(error, "seed"));
  process.exitCode = 1;
}
