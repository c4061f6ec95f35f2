import { existsSync, statfsSync, statSync } from "node:fs";
import { countChannels } from "../../db/channels.ts";
import { type Database, databaseFile, openDatabase, prepareFolder } from "../../db/database.ts";
import { lockFolder } from "../../db/folder_lock.ts";
import { readMigrations } from "../../db/migrate.ts";
import { createOldestReader, readHead } from "../../db/notifications.ts";
import { listTokens } from "../../db/tokens.ts";
import { listUsers } from "../../db/users.ts";
import { type Config, localUrl } from "../../server/config.ts";
import { explainConnection, explainFailure } from "./failure.ts";
import { adviseProxy } from "./settings.ts";

/** One thing that was looked at. `detail` says what to do when it is not ok. */
export interface Finding {
  /** `note`: worth knowing, nothing is wrong. */
  readonly state: "ok" | "note" | "bad";
  readonly subject: string;
  readonly detail: string;
}

const OLDEST_NODE = 24;
/** Free space below this is wrong: 100 MiB. */
const LEAST_FREE = 100 * 2 ** 20;
/** A write-ahead log above this is worth a look: 256 MiB. */
const LARGE_WAL = 256 * 2 ** 20;
/** How long the server may take to answer, in ms. */
const PATIENCE = 3_000;
const PAGE = new URL("../../web/dist/index.html", import.meta.url);

const ok = (subject: string, detail: string): Finding => ({ state: "ok", subject, detail });
const note = (subject: string, detail: string): Finding => ({ state: "note", subject, detail });
const bad = (subject: string, detail: string): Finding => ({ state: "bad", subject, detail });

/**
 * Looks at an installation, one thing after the other, and at the server at `url`. Changes nothing in a data folder that
 * does not exist yet.
 */
export async function* checkHealth(config: Config, url = localUrl(config)): AsyncGenerator<Finding> {
  yield checkNode();
  const advice = adviseProxy(config);
  if (advice) yield note("proxy", advice);
  yield existsSync(PAGE) ? ok("web page", "built") : bad("web page", "not built; run: npm run build");
  const { data } = config;
  if (!existsSync(data)) {
    yield note("data folder", `${data} does not exist yet; the first start makes it`);
    return yield await checkServer(url, false);
  }
  let isHeld = false;
  try {
    prepareFolder(data);
    yield ok("data folder", `${data} can be written`);
    yield checkSpace(data);
    isHeld = isLocked(data);
    yield ok("lock", isHeld ? "a server holds the data folder" : "no server uses the data folder");
    yield* checkDatabase(data);
  } catch (error) {
    yield bad("data folder", explainFailure(error));
  }
  yield await checkServer(url, isHeld);
}

function checkNode(): Finding {
  const { node } = process.versions;
  const isNew = Number.parseInt(node, 10) >= OLDEST_NODE;
  return isNew ? ok("Node", node) : bad("Node", `${node} is too old; install ${OLDEST_NODE} or newer`);
}

function checkSpace(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  return free >= LEAST_FREE
    ? ok("disk", `${formatBytes(free)} free`)
    : bad("disk", `only ${formatBytes(free)} free; make room, or publishes will fail`);
}

function isLocked(folder: string): boolean {
  try {
    lockFolder(folder)[Symbol.dispose]();
    return false;
  } catch {
    return true;
  }
}

function* checkDatabase(folder: string): Generator<Finding> {
  const file = databaseFile(folder);
  if (!existsSync(file)) {
    yield note("database", `${file} does not exist yet; the first start makes it`);
    return;
  }
  try {
    using db = openDatabase(folder, { readonly: true });
    yield ok("database", `${file}, ${formatBytes(statSync(file).size)}, epoch ${db.epoch}`);
    yield checkSchema(db);
    yield checkIntegrity(db);
    yield ok("contents", countContents(db));
  } catch (error) {
    yield bad("database", explainFailure(error, "read the database"));
  }
  const wal = `${file}-wal`;
  const size = existsSync(wal) ? statSync(wal).size : 0;
  yield size < LARGE_WAL
    ? ok("WAL", formatBytes(size))
    : note("WAL", `${formatBytes(size)}; a reader keeps it from being folded in, restart Belfry`);
}

function checkSchema({ sqlite }: Database): Finding {
  const applied = sqlite.pragma("user_version", { simple: true }) as number;
  const known = readMigrations().length;
  if (applied === known) return ok("schema", `version ${applied}`);
  return applied < known
    ? note("schema", `version ${applied}; the next start brings it to ${known}`)
    : bad("schema", `version ${applied}, this Belfry knows ${known}; update Belfry`);
}

function checkIntegrity({ sqlite }: Database): Finding {
  const [first = ""] = (sqlite.pragma("integrity_check") as { readonly integrity_check: string }[]).map(
    ({ integrity_check }) => integrity_check,
  );
  return first === "ok"
    ? ok("integrity", "every page and index is sound")
    : bad("integrity", `${first.split("\n", 1)}; stop Belfry and restore a backup`);
}

function countContents(db: Database): string {
  const head = readHead(db);
  const oldest = createOldestReader(db)() ?? head + 1;
  const tokens = listTokens(db).filter(({ revokedAt }) => revokedAt === null).length;
  const kept = head - oldest + 1;
  const counts = [count(countChannels(db), "channel"), count(listUsers(db).length, "user"), count(tokens, "token")];
  return [`${count(kept, "notification")} (head ${head})`, ...counts].join(", ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

async function checkServer(base: string, isHeld: boolean): Promise<Finding> {
  const url = new URL("/healthz", base).href;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
    const { status } = (await response.json()) as { readonly status?: string };
    if (response.ok && status === "ok") return ok("server", `${url} answers`);
    return bad("server", `${url} answers ${response.status}; another program may listen there`);
  } catch (error) {
    const reason = (error as Error).name === "TimeoutError" ? "no answer in time" : explainConnection(error);
    if (!isHeld) return note("server", `${url}: nothing answers; start it with: belfry serve`);
    return bad(
      "server",
      `a server holds the data folder, but ${url} does not answer (${reason ?? explainFailure(error)})`,
    );
  }
}

function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log2(bytes) / 10) : 0);
  return `${(bytes / 1_024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
