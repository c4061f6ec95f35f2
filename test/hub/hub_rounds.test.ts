import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { EventLog, LogRecord } from "../../db/event_log.ts";
import { type Filter, isAddressed, matches } from "../../server/hub/filter.ts";
import { Hub } from "../../server/hub/hub.ts";
import type { Reader } from "../../server/hub/reader.ts";
import type { Sink } from "../../server/hub/reader_home.ts";
import { createDraftSchema } from "../../server/rules/draft.ts";
import { SseSplitter } from "../_sse.ts";
import { EVERYTHING, turn, useTestLog, WIRES, withRead } from "./_hub.ts";

const schema = createDraftSchema();

const open = useTestLog(["a", "b"]);
let errors: unknown[];
beforeEach(() => {
  errors = [];
});

const spin = (ms: number) => {
  for (const end = performance.now() + ms; performance.now() < end; );
};

function makeHub(ring: number, log: EventLog = open.log): Hub {
  return new Hub({
    log,
    hasChannel: () => true,
    now: () => 0,
    onError: (error) => errors.push(error),
    heartbeat: 3_600_000,
    ring: { capacity: ring },
  });
}

/** How a reader is read, and what it follows. */
interface Kind {
  readonly way: "typed" | "plain" | "items";
  readonly filter: Filter;
}

/** Something that was published. */
interface Sent {
  readonly message: string;
  readonly record: LogRecord;
  readonly isEphemeral: boolean;
}

/** Something that a reader was given, by its message. */
interface Got {
  readonly message: string;
  /** Id of the cursor that came with it; null: it came with none. */
  readonly cursor: number | null;
}

/** One connection, with everything that came over it. */
class Session {
  readonly kind: Kind;
  /** Id from which it has a right to everything. */
  readonly start: number;
  readonly received: Got[] = [];
  /** Number of things published when it was opened. */
  readonly since: number;
  writes = 0;
  isOpen = true;
  readonly #reader: Reader;
  readonly #onWrite: () => void;
  readonly #splitter = new SseSplitter();
  readonly #abort = new AbortController();
  #isStalled = false;
  #isFull = false;

  constructor(hub: Hub, kind: Kind, options: { start: number; since: number; onWrite: () => void }) {
    this.kind = kind;
    this.start = options.start;
    this.since = options.since;
    this.#onWrite = options.onWrite;
    this.#reader = hub.open({ filter: kind.filter, after: `${open.log.epoch}-${options.start}` });
    if (kind.way === "items") void this.#iterate();
    else this.#reader.stream(this.#sink(), WIRES[kind.way]);
  }

  /** Id after which a client that was cut now resumes. */
  get cursor(): number {
    return this.received.findLast(({ cursor }) => cursor !== null)?.cursor ?? this.start;
  }

  stall(): void {
    this.#isStalled = true;
  }

  drain(): void {
    this.#isStalled = false;
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#reader.drained();
  }

  close(): void {
    this.isOpen = false;
    this.#abort.abort();
    this.#reader.close("client");
  }

  #sink(): Sink {
    return {
      write: (bytes) => {
        this.#onWrite();
        this.writes += 1;
        for (const { data, id } of this.#splitter.push(Buffer.from(bytes).toString())) {
          this.#take(JSON.parse(data || "{}") as { message?: string }, id);
        }
        expect(this.#splitter.rest, "a write holds whole events").toBe("");
        this.#isFull = this.#isStalled;
        return !this.#isFull;
      },
      end: () => undefined,
      destroy: () => undefined,
    };
  }

  async #iterate(): Promise<void> {
    for await (const { cursor, item } of this.#reader.items(this.#abort.signal))
      this.#take({ message: "message" in item ? item.message : undefined }, cursor);
  }

  #take(item: { readonly message?: unknown }, cursor: string | undefined): void {
    if (typeof item.message !== "string") return;
    this.received.push({ message: item.message, cursor: cursor === undefined ? null : Number(cursor.split("-")[1]) });
  }
}

const isFor = (filter: Filter, record: LogRecord) => matches(filter, record) && isAddressed(filter, record);

/** What of the stored things a session has a right to, in order. */
function wantedOf({ kind: { filter }, start }: Session, sent: readonly Sent[]): Sent[] {
  return sent
    .filter(({ isEphemeral, record }) => !isEphemeral && record.id > start && isFor(filter, record))
    .sort((a, b) => a.record.id - b.record.id);
}

/** An expectation that may be asked a million times. */
function must(holds: boolean, claim: string, got: Got): void {
  if (!holds) expect.fail(`${claim}: ${JSON.stringify(got)}`);
}

/** Holds what a session was given against what was published; answers with how many ephemeral ones it did not get. */
function check(session: Session, sent: readonly Sent[]): number {
  const { received, kind, since, isOpen, start } = session;
  const byMessage = new Map(sent.map((each, index) => [each.message, { ...each, index }]));
  const wanted = wantedOf(session, sent);
  const due = sent.filter((each, n) => each.isEphemeral && n >= since && isFor(kind.filter, each.record));
  let position = start;
  let flashed = since - 1;
  let count = 0;
  let flashes = 0;
  let last = start;
  for (const got of received) {
    const { message, cursor } = got;
    const found = byMessage.get(message);
    if (!found) return expect.fail(`"${message}" was never published`);
    const { record, isEphemeral, index } = found;
    must(isFor(kind.filter, record), "nobody gets what is for others", got);
    if (isEphemeral) {
      must(index > flashed, "each ephemeral one once, in order, and none from before it came", got);
      must(record.id >= position, "none before what was stored before it", got);
      flashed = index;
      flashes += 1;
      if (kind.way === "plain") must(cursor === null, "a plain one has no cursor", got);
    } else {
      must(record.id > position, "no repeat, no reorder, none after what came later", got);
      must(record.id === wanted[count]?.record.id, "no gap", got);
      must(record.id === cursor, "its cursor is its own", got);
      count += 1;
    }
    position = record.id;
    if (cursor === null) continue;
    must(cursor >= last, "no cursor goes backwards", got);
    last = cursor;
    must((wanted[count - 1]?.record.id ?? 0) <= cursor, "whoever resumes here gets nothing again", got);
    must((wanted[count]?.record.id ?? Number.POSITIVE_INFINITY) > cursor, "whoever resumes here misses nothing", got);
  }
  if (!isOpen) return 0;
  expect(count, "nothing is missing at the end").toBe(wanted.length);
  return due.length - flashes;
}

interface Published {
  readonly ephemeral: boolean;
  readonly channel: "a" | "b";
  readonly to: readonly string[] | undefined;
}

type Step =
  | { readonly do: "publish"; readonly what: readonly Published[]; readonly wait: boolean }
  | { readonly do: "open"; readonly kind: Kind; readonly count: number; readonly back: number }
  | { readonly do: "stall" | "drain" | "resume"; readonly every: number }
  | { readonly do: "turn" }
  | { readonly do: "settle" };

/** Few enough that many readers share a group, in which only the users differ. */
const kind: fc.Arbitrary<Kind> = fc.record({
  way: fc.constantFrom("typed", "typed", "plain", "items"),
  filter: fc.record({
    channels: fc.constantFrom(null, null, new Set(["a"])),
    types: fc.constant(null),
    minSeverity: fc.constant(0),
    user: fc.constantFrom(null, "u1", "u2", "null"),
    seesTargeted: fc.constantFrom(false, false, false, true),
  }),
});
const published: fc.Arbitrary<Published> = fc.record({
  ephemeral: fc.boolean(),
  channel: fc.constantFrom("a", "b"),
  to: fc.constantFrom(undefined, undefined, undefined, ["u1"], ["u2", "null"]),
});
const every = fc.integer({ min: 1, max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      what: fc.array(published, { minLength: 1, maxLength: 8 }),
      wait: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("open" as const),
      kind,
      count: fc.integer({ min: 1, max: 40 }),
      back: fc.oneof(fc.constant(0), fc.nat(20)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("stall" as const, "drain" as const, "resume" as const), every }),
  },
  { weight: 3, arbitrary: fc.constantFrom<Step>({ do: "turn" }, { do: "turn" }, { do: "settle" }) },
);

/** Most sessions of one run. */
const MOST = 200;

async function play(ring: number, slow: number, steps: readonly Step[]): Promise<void> {
  using hub = makeHub(ring);
  const base = hub.head;
  const sent: Sent[] = [];
  const sessions: Session[] = [];
  const pending: Promise<unknown>[] = [];
  let serial = 0;
  const connect = (how: Kind, start: number) => {
    const session = new Session(hub, how, { start, since: serial, onWrite: () => spin(slow) });
    sessions.push(session);
  };
  const publish = async ({ ephemeral, channel, to }: Published) => {
    const index = serial++;
    const draft = schema.parse({ channel, message: `m${index}`, ephemeral, ...(to && { to }) });
    const record = await hub.publish(draft, "test");
    sent[index] = { message: `m${index}`, record, isEphemeral: ephemeral };
  };
  const settle = async () => {
    await Promise.all(pending.splice(0));
    await turn();
  };
  // One large group, in which rounds take several turns when each write is slow.
  for (let n = 0; n < 70; n += 1) connect({ way: "typed", filter: { ...EVERYTHING, user: n % 7 ? null : "u1" } }, base);
  for (const each of steps) {
    const opened = sessions.filter(({ isOpen }) => isOpen);
    if (each.do === "publish") {
      const all = each.what.map(publish);
      pending.push(...all);
      if (each.wait) await Promise.all(all);
    } else if (each.do === "open") {
      const start = Math.max(base, hub.head - each.back);
      for (let n = Math.min(each.count, MOST - sessions.length); n > 0; n -= 1) connect(each.kind, start);
    } else if (each.do === "turn") {
      await turn();
    } else if (each.do === "settle") {
      await settle();
    } else {
      for (const [index, session] of opened.entries()) {
        if (index % each.every !== 0) continue;
        if (each.do === "stall") session.stall();
        else if (each.do === "drain") session.drain();
        else if (sessions.length < MOST) {
          session.close();
          connect(session.kind, session.cursor);
        }
      }
    }
  }
  await settle();
  for (const session of sessions) session.drain();
  const isWhole = (session: Session) => {
    const last = wantedOf(session, sent).at(-1);
    return !last || session.received.some(({ message }) => message === last.message);
  };
  await expect
    .poll(() => sessions.every((session) => !session.isOpen || isWhole(session)), { interval: 2, timeout: 3_000 })
    .toBe(true)
    // The check says what is missing.
    .catch(() => undefined);
  // What comes too much comes now.
  for (let n = 0; n < 20; n += 1) await turn();
  const lost = sessions.reduce((sum, session) => sum + check(session, sent), 0);
  expect(lost, "what a reader loses is counted").toBeLessThanOrEqual(hub.meter.dropped);
  expect(errors).toEqual([]);
  for (const session of sessions) session.close();
}

test("through slices, coalesced commits, ephemeral ones in between and shared pages, each gets its own, once and in order", {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 8, 1_000),
      fc.constantFrom(0, 0.2),
      fc.array(step, { minLength: 4, maxLength: 30 }),
      play,
    ),
    { numRuns: 120, interruptAfterTimeLimit: 15_000 },
  );
});

test("a round over many readers leaves the others their turns", async () => {
  using hub = makeHub(8);
  let turns = 0;
  const seen: number[] = [];
  const onWrite = () => {
    spin(0.5);
    seen.push(turns);
  };
  const sessions = Array.from(
    { length: 320 },
    () => new Session(hub, { way: "typed", filter: EVERYTHING }, { start: hub.head, since: 0, onWrite }),
  );
  await expect.poll(() => hub.countReaders().live).toBe(sessions.length);
  seen.length = 0;
  const stop = new AbortController();
  const count = () => {
    turns += 1;
    if (!stop.signal.aborted) setImmediate(count);
  };
  count();
  await hub.publish(schema.parse({ channel: "a", message: "m" }), "test");
  await expect.poll(() => seen.length).toBe(sessions.length);
  stop.abort();
  expect(new Set(seen).size, "ten slices of 32 readers").toBe(10);
});

test("commits that come while a round runs reach each reader in one write", async () => {
  using hub = makeHub(8);
  const target = hub.head + 6;
  // The first round lasts until all the others are committed.
  const onWrite = () => spin(hub.head > target - 6 && hub.head < target ? 2 : 0);
  const sessions = Array.from(
    { length: 640 },
    () => new Session(hub, { way: "typed", filter: EVERYTHING }, { start: hub.head, since: 0, onWrite }),
  );
  await expect.poll(() => hub.countReaders().live).toBe(sessions.length);
  for (const session of sessions) session.writes = 0;
  const commits = hub.meter.published;
  for (let n = 0; n < 6; n += 1) await hub.publish(schema.parse({ channel: "a", message: `m${n}` }), "test");
  await expect.poll(() => sessions.every(({ received }) => received.length === 6)).toBe(true);
  expect(hub.meter.published - commits).toBe(6);
  for (const { received, writes } of sessions) {
    expect(received.map(({ message }) => message)).toEqual(["m0", "m1", "m2", "m3", "m4", "m5"]);
    expect(writes).toBe(2);
  }
});

test("readers that come back at the same place share what is read, and nobody gets what is addressed to others", async () => {
  let reads = 0;
  const { log } = open;
  const counting = withRead(log, (after, options) => {
    reads += 1;
    return log.read(after, options);
  });
  using hub = makeHub(1, counting);
  const start = hub.head;
  const sent: Sent[] = [];
  const send = async (count: number, to?: string) => {
    const publish = async () => {
      const message = `s${serial++}`;
      const record = await hub.publish(schema.parse({ channel: "a", message, ...(to && { to }) }), "test");
      sent.push({ message, record, isEphemeral: false });
    };
    await Promise.all(Array.from({ length: count }, publish));
  };
  let serial = 0;
  // Two pages with something for u1 and u2 among them, then many that are for everybody.
  await send(100);
  await send(5, "u1");
  await send(100);
  await send(5, "u2");
  await send(2_000);
  const users = [null, "u1", "u2", "u3"] as const;
  const sessions = Array.from({ length: 200 }, (_, n) => {
    const way = n % 2 ? ("typed" as const) : ("plain" as const);
    return new Session(
      hub,
      { way, filter: { ...EVERYTHING, user: users[n % 4] ?? null } },
      { start, since: 0, onWrite: () => undefined },
    );
  });
  await expect.poll(() => hub.countReaders().live, { timeout: 10_000 }).toBe(sessions.length);
  for (const session of sessions) check(session, sent);
  const pages = 2_210 / 256;
  expect(reads, "the first page is each reader's own; those after it are read once for each format").toBeLessThan(
    sessions.length + 8 * pages,
  );
  expect(errors).toEqual([]);
});
