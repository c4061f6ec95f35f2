import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogRecord } from "../../db/event_log.ts";
import { SSE_FORMAT } from "../../server/http/sse_format.ts";
import type { Filter } from "../../server/hub/filter.ts";
import { Wire, type WireFormat } from "../../server/hub/frame.ts";
import { Hub } from "../../server/hub/hub.ts";
import type { Reader } from "../../server/hub/reader.ts";
import type { Sink } from "../../server/hub/reader_home.ts";
import { parseCursor } from "../../server/rules/cursor.ts";
import { createDraftSchema, type DraftInput } from "../../server/rules/draft.ts";
import { SEVERITIES, severityRank } from "../../server/rules/severity.ts";
import type { Gap, StreamItem } from "../../server/rules/stream_item.ts";
import { createTrpcFormat } from "../../server/trpc/wire.ts";
import { SseSplitter } from "../_sse.ts";
import { turn, useTestLog } from "./_hub.ts";

const CHANNELS = ["a", "b", "c"] as const;
const TYPES = ["x", "y"] as const;
// "null" is a user like any other.
const USERS = ["u1", "u2", "null"] as const;
const TYPED = createTrpcFormat({});
const FORMATS: readonly WireFormat[] = [TYPED, SSE_FORMAT];
const schema = createDraftSchema();

const open = useTestLog(CHANNELS);

/** What a reader was given: a notification (its id and, where the format has it, its JSON), a gap, or `connected`. */
interface Received {
  readonly event: string;
  readonly cursor: string;
  readonly json: string | null;
  readonly gap: Gap | null;
}

/** One way of reading a reader: as bytes into a sink that fills, or as items that are taken or left. */
interface Intake {
  readonly received: readonly Received[];
  stall(): void;
  drain(): void;
  close(): void;
  /** Breaks of the rule that nothing is written to a full sink. */
  readonly pushed: number;
}

/** A sink as a socket is one: full after so many writes, until it is drained. */
class BytesIntake implements Intake, Sink {
  readonly received: Received[] = [];
  pushed = 0;
  readonly #reader: Reader;
  readonly #chunked: boolean;
  readonly #isTyped: boolean;
  readonly #splitter = new SseSplitter();
  readonly #slow: boolean;
  #isStalled = false;
  #isFull = false;
  #writesWhileFull = 0;

  constructor(reader: Reader, options: { format: WireFormat; chunked: boolean; slow: boolean; stalled: boolean }) {
    const { format, chunked, slow, stalled } = options;
    this.#reader = reader;
    this.#chunked = chunked;
    this.#isTyped = format.name === "trpc";
    this.#slow = slow;
    this.#isStalled = stalled;
    reader.stream(this, wire(format, chunked));
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isFull) {
      this.#writesWhileFull += 1;
      this.pushed = Math.max(this.pushed, this.#writesWhileFull);
    }
    // Longer than the fan-out's slice, so that its rounds are interrupted.
    if (this.#slow) for (const end = performance.now() + 5; performance.now() < end; );
    this.#take(Buffer.from(bytes));
    if (this.#isStalled) this.#isFull = true;
    return !this.#isFull;
  }

  end(bytes: Uint8Array): void {
    expect(Buffer.from(bytes).toString()).toBe(this.#chunked ? "0\r\n\r\n" : "");
  }

  destroy(): void {}

  stall(): void {
    this.#isStalled = true;
  }

  drain(): void {
    this.#isStalled = false;
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#writesWhileFull = 0;
    this.#reader.drained();
  }

  close(): void {
    this.#reader.close("client");
  }

  #take(bytes: Buffer): void {
    let text = bytes.toString();
    if (this.#chunked) {
      // Every write is one whole chunk.
      const head = /^([0-9a-f]+)\r\n/.exec(text);
      const size = Number.parseInt(head?.[1] ?? "", 16);
      const start = head?.[0].length ?? 0;
      expect(bytes.length).toBe(start + size + 2);
      expect(text.endsWith("\r\n")).toBe(true);
      text = bytes.subarray(start, start + size).toString();
    }
    for (const { event: name, data, id } of this.#splitter.push(text)) {
      if (id === undefined) continue;
      const item = JSON.parse(data) as { event?: string; id?: number };
      const event = this.#isTyped ? (item.event ?? "") : name;
      const isOwn = event === "connected" || event === "gap";
      this.received.push({
        event,
        cursor: id,
        json: isOwn || !this.#isTyped ? null : data,
        gap: event === "gap" ? ({ event, ...item } as Gap) : null,
      });
    }
    expect(this.#splitter.rest, "a write holds whole events").toBe("");
  }
}

/** A consumer of `items()`, such as tRPC's WebSocket handler, that may leave them for a while. */
class ItemsIntake implements Intake {
  readonly received: Received[] = [];
  readonly pushed = 0;
  readonly #abort = new AbortController();
  #gate: Promise<void> | null = null;
  #openGate: (() => void) | null = null;

  constructor(reader: Reader, options: { stalled: boolean }) {
    if (options.stalled) this.stall();
    void this.#consume(reader);
  }

  stall(): void {
    this.#gate ??= new Promise((resolve) => {
      this.#openGate = resolve;
    });
  }

  drain(): void {
    this.#openGate?.();
    this.#gate = null;
  }

  close(): void {
    this.drain();
    this.#abort.abort();
  }

  async #consume(reader: Reader): Promise<void> {
    for await (const { cursor, item } of reader.items(this.#abort.signal)) {
      this.received.push(receivedOf(cursor, item));
      if (this.#gate) await this.#gate;
    }
  }
}

function receivedOf(cursor: string, item: StreamItem): Received {
  const isOwn = item.event === "connected" || item.event === "gap";
  return {
    event: item.event,
    cursor,
    json: isOwn ? null : JSON.stringify(item),
    gap: item.event === "gap" ? (item as Gap) : null,
  };
}

const wires = new Map<string, Wire>();
function wire(format: WireFormat, chunked: boolean): Wire {
  const key = `${format.name} ${chunked}`;
  const made = wires.get(key) ?? new Wire(format, { chunked });
  wires.set(key, made);
  return made;
}

/** A client that comes, goes and comes back. */
interface Client {
  readonly filter: Filter;
  readonly kind: ReaderKind;
  session: Session | null;
  /** Its cursor when it went. */
  cursor: string | undefined;
}

/** One connection of a client. */
interface Session {
  readonly filter: Filter;
  readonly intake: Intake;
  readonly reader: Reader;
  /** Id from which it has a right to everything. */
  readonly start: number;
  /** Why it must begin with a gap. */
  readonly mustGap: Gap["reason"] | null;
  /** It was open until the end. */
  isOpen: boolean;
}

type ReaderKind =
  | { readonly way: "items" }
  | { readonly way: "bytes"; readonly format: WireFormat; readonly chunked: boolean; readonly slow: boolean };

type Step =
  | { readonly do: "publish"; readonly drafts: readonly DraftInput[]; readonly wait: boolean }
  | {
      readonly do: "connect";
      readonly filter: Filter;
      readonly kind: ReaderKind;
      readonly from: From;
      readonly stalled: boolean;
    }
  | { readonly do: "disconnect" | "stall" | "drain"; readonly client: number }
  | { readonly do: "resume"; readonly client: number; readonly stalled: boolean }
  /** Everything, or (a channel's) the oldest, up to so many ids before the head. */
  | { readonly do: "trim"; readonly back: number; readonly channel: string | null; readonly limit: number }
  | { readonly do: "turn" }
  | { readonly do: "settle" };

type From =
  | { readonly at: "head" }
  | { readonly at: "epoch" }
  | { readonly at: "ahead" }
  | { readonly at: "back"; readonly by: number; readonly bare: boolean };

const draft = fc.record(
  {
    channel: fc.constantFrom(...CHANNELS),
    type: fc.constantFrom(...TYPES),
    severity: fc.constantFrom(...SEVERITIES),
    message: fc.constantFrom("m", "line 1\nline 2", "ünï🔔"),
    to: fc.oneof(fc.constantFrom(...USERS), fc.constant<string[]>([...USERS])),
    data: fc.constantFrom({ a: 1 }, [1], "text"),
  },
  { requiredKeys: ["channel", "message"] },
) satisfies fc.Arbitrary<DraftInput>;

/** Few enough that readers share groups, and differ by one thing only. */
const filter: fc.Arbitrary<Filter> = fc.record({
  channels: fc.constantFrom(null, null, new Set(["a"]), new Set(["b", "a"])),
  types: fc.constantFrom(null, null, new Set(["x"]), new Set(["y"])),
  minSeverity: fc.constantFrom(0, 0, 0, 2),
  user: fc.option(fc.constantFrom(...USERS)),
  seesTargeted: fc.constantFrom(false, false, false, true),
});

const kind: fc.Arbitrary<ReaderKind> = fc.oneof(
  fc.constant<ReaderKind>({ way: "items" }),
  fc.constantFrom<ReaderKind>(
    { way: "bytes", format: TYPED, chunked: true, slow: false },
    { way: "bytes", format: TYPED, chunked: true, slow: true },
  ),
  fc.record({
    way: fc.constant("bytes" as const),
    format: fc.constantFrom(...FORMATS),
    chunked: fc.boolean(),
    slow: fc.constantFrom(false, false, false, false, true),
  }),
);

const from: fc.Arbitrary<From> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<From>({ at: "head" }) },
  { weight: 1, arbitrary: fc.constantFrom<From>({ at: "epoch" }, { at: "ahead" }) },
  {
    weight: 3,
    arbitrary: fc.record({
      at: fc.constant("back" as const),
      by: fc.oneof({ weight: 4, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(800) }),
      bare: fc.boolean(),
    }),
  },
);

const client = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      drafts: fc.array(draft, { minLength: 1, maxLength: 8 }),
      wait: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("connect" as const), filter, kind, from, stalled: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom("disconnect" as const, "stall" as const, "drain" as const), client }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("resume" as const), client, stalled: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("trim" as const),
      back: fc.oneof(fc.nat(12), fc.nat(1_500)),
      channel: fc.constantFrom(null, ...CHANNELS),
      limit: fc.constantFrom(1, 3, 10_000),
    }),
  },
  { weight: 3, arbitrary: fc.constant<Step>({ do: "turn" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "settle" }) },
);

/** Plays steps against a hub and keeps what the naive model needs. */
class World {
  readonly sessions: Session[] = [];
  /** Of each channel: nothing beyond this id was, or is being, trimmed. */
  readonly trimmed: Map<string, number>;
  readonly #errors: unknown[] = [];
  readonly #hub: Hub;
  readonly #clients: Client[] = [];
  readonly #pending: Promise<unknown>[] = [];
  /** Committed before this world began, and in it. */
  readonly #before: readonly LogRecord[];
  readonly #records: LogRecord[] = [];

  constructor(ring: number, before: readonly LogRecord[]) {
    const { log } = open;
    this.#before = before;
    this.trimmed = new Map(CHANNELS.map((name) => [name, log.trimmed(new Set([name]))]));
    this.#hub = new Hub({
      hasChannel: () => true,
      log,
      now: () => 0,
      onError: (error) => this.#errors.push(error),
      heartbeat: 3_600_000,
      ring: { capacity: ring },
    });
  }

  /** Everything that was ever committed, in order, and what is lost of it. */
  async outcome(): Promise<Outcome> {
    const records = [...this.#before, ...this.#records].sort((a, b) => a.id - b.id);
    const kept = new Set((await readAll()).map(({ id }) => id));
    return { records, lost: new Set(records.map(({ id }) => id).filter((id) => !kept.has(id))) };
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const each of steps) await this.#do(each);
    await this.#settle();
    for (const { session } of this.#clients) session?.intake.drain();
    const outcome = await this.outcome();
    await expect
      .poll(() => this.sessions.every((session) => !session.isOpen || missingOf(session, outcome).length === 0), {
        interval: 2,
        timeout: 2_000,
      })
      .toBe(true)
      // The check says what is missing.
      .catch(() => undefined);
    // What comes too much comes now.
    await turn();
    await turn();
    this.#hub[Symbol.dispose]();
    for (const { session } of this.#clients) session?.intake.close();
    expect(this.#errors).toEqual([]);
  }

  async #do(each: Step): Promise<void> {
    switch (each.do) {
      case "publish": {
        const published = each.drafts.map((input) =>
          this.#hub.publish(schema.parse(input), "test").then((record) => this.#records.push(record)),
        );
        this.#pending.push(...published);
        if (each.wait) await Promise.all(published);
        return;
      }
      case "connect":
        return this.#connect(each);
      case "resume": {
        const found = this.#client(each.client);
        if (!found || found.session) return;
        this.#open(found, found.cursor, null, each.stalled);
        return;
      }
      case "disconnect": {
        const found = this.#client(each.client);
        if (!found?.session) return;
        const { session } = found;
        found.cursor = session.intake.received.at(-1)?.cursor ?? found.cursor;
        session.intake.close();
        session.isOpen = false;
        found.session = null;
        return;
      }
      case "stall":
        this.#client(each.client)?.session?.intake.stall();
        return;
      case "drain":
        this.#client(each.client)?.session?.intake.drain();
        return;
      case "trim": {
        const through = this.#hub.head - each.back;
        const { channel, limit } = each;
        for (const name of channel ? [channel] : CHANNELS) {
          this.trimmed.set(name, Math.max(this.trimmed.get(name) ?? 0, through));
        }
        this.#pending.push(open.log.trim(through, { ...(channel && { channel, limit }) }));
        return;
      }
      case "turn":
        return turn();
      case "settle":
        return this.#settle();
    }
  }

  #client(index: number): Client | undefined {
    return this.#clients.length > 0 ? this.#clients[index % this.#clients.length] : undefined;
  }

  #connect({ filter: wishes, kind: way, from: position, stalled }: Extract<Step, { do: "connect" }>): void {
    if (this.#clients.length === 6) return;
    const created: Client = { filter: wishes, kind: way, session: null, cursor: undefined };
    this.#clients.push(created);
    const { head } = this.#hub;
    const { epoch } = open.log;
    if (position.at === "head") this.#open(created, undefined, null, stalled);
    else if (position.at === "epoch") this.#open(created, "another1-1", "epoch", stalled);
    else if (position.at === "ahead") this.#open(created, `${epoch}-${head + 1_000}`, "ahead", stalled);
    else {
      const id = Math.max(0, head - position.by);
      this.#open(created, position.bare ? `${id}` : `${epoch}-${id}`, null, stalled);
    }
  }

  #open(owner: Client, after: string | undefined, mustGap: Session["mustGap"], stalled: boolean): void {
    const { kind: way } = owner;
    const start = mustGap || after === undefined ? this.#hub.head : (parseCursor(after)?.id ?? 0);
    const reader = this.#hub.open({ filter: owner.filter, after });
    const intake =
      way.way === "items" ? new ItemsIntake(reader, { stalled }) : new BytesIntake(reader, { ...way, stalled });
    owner.session = { filter: owner.filter, intake, reader, start, mustGap, isOpen: true };
    this.sessions.push(owner.session);
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#pending.splice(0));
    await turn();
  }
}

/** The naive model of who gets what. */
function isFor({ channels, types, minSeverity, user, seesTargeted }: Filter, record: LogRecord): boolean {
  if (channels && !channels.has(record.channel)) return false;
  if (types && !types.has(record.type)) return false;
  if (record.severity < minSeverity) return false;
  return record.recipients === null || seesTargeted || (user !== null && record.recipients.includes(user));
}

/** Everything that was ever committed, and the ids of what was trimmed of it. */
interface Outcome {
  readonly records: readonly LogRecord[];
  readonly lost: ReadonlySet<number>;
}

/** What an open session has a right to and was not given yet. */
function missingOf({ filter: wishes, intake, start }: Session, { records, lost }: Outcome): number[] {
  const last = intake.received.length > 1 ? intake.received.at(-1)?.cursor : undefined;
  const position = last === undefined ? start : (parseCursor(last)?.id ?? 0);
  const told = Math.max(0, ...intake.received.map(({ gap }) => gap?.trimmed ?? 0));
  return records
    .filter((record) => record.id > position && isFor(wishes, record) && !(record.id <= told && lost.has(record.id)))
    .map(({ id }) => id);
}

/** Holds what a session was given against the log. */
function check(session: Session, outcome: Outcome, trimmed: ReadonlyMap<string, number>): void {
  const { records, lost } = outcome;
  const { filter: wishes, intake, start, mustGap, isOpen } = session;
  const wanted = records.filter((record) => isFor(wishes, record));
  const [first, ...rest] = intake.received;
  if (!first) {
    expect(isOpen, "an open stream has begun").toBe(false);
    return;
  }
  expect(first).toMatchObject({ event: "connected" });
  let position = start;
  /** It was told that something up to this id is lost. */
  let told = 0;
  const isLost = ({ id }: LogRecord) => id <= told && lost.has(id);
  const followed = [...(wishes.channels ?? CHANNELS)];
  for (const [index, { event, cursor, json, gap }] of rest.entries()) {
    const { epoch, id } = parseCursor(cursor) ?? { epoch: null, id: 0 };
    expect(epoch).toBe(open.log.epoch);
    expect(event, "connected comes once").not.toBe("connected");
    const skipped = wanted.filter((record) => record.id > position && record.id < (gap ? id + 1 : id));
    if (gap) {
      if (mustGap && index === 0) expect(gap.reason).toBe(mustGap);
      else {
        const { reason, trimmed: through = 0, oldest } = gap;
        expect(reason).toBe("trimmed");
        expect(through, "a gap is told of once").toBeGreaterThan(Math.max(told, position));
        expect(through, "a gap never claims more than was trimmed").toBeLessThanOrEqual(
          Math.max(...followed.map((name) => trimmed.get(name) ?? 0)),
        );
        expect(oldest).toBeGreaterThan(0);
        told = through;
        expect(skipped.filter((record) => !isLost(record))).toEqual([]);
      }
      expect(gap.resumed).toBe(cursor);
      expect(id).toBeGreaterThanOrEqual(position);
    } else {
      expect(id, "no repeat, no reorder").toBeGreaterThan(position);
      expect(
        skipped.filter((record) => !isLost(record)).map((record) => record.id),
        "nothing is lost that was not trimmed and announced",
      ).toEqual([]);
      const record = wanted.find((candidate) => candidate.id === id);
      expect(record, "only what matches and may be seen").toBeDefined();
      if (json !== null) expect(json).toBe(record?.json);
      expect(event).toBe(record?.event);
    }
    position = id;
  }
  if (mustGap) expect(rest[0]?.gap?.reason).toBe(mustGap);
  if (!isOpen) return;
  expect(missingOf(session, outcome), "nothing is missing at the end").toEqual([]);
}

/** Everything in the log now, and so known to the model of the next run. */
async function readAll(): Promise<LogRecord[]> {
  const all: LogRecord[] = [];
  for (let after = 0; after < open.log.head(); ) {
    const { records, through } = await open.log.read(after);
    all.push(...records);
    after = through;
  }
  return all;
}

async function run(ring: number, steps: readonly Step[]): Promise<void> {
  // What the ring has let go, or never had, is read from the log: the runs share one database.
  const world = new World(ring, await readAll());
  await world.play(steps);
  const outcome = await world.outcome();
  for (const session of world.sessions) {
    check(session, outcome, world.trimmed);
    expect(session.intake.pushed, "at most a page after a gap is written to a sink that is full").toBeLessThanOrEqual(
      1,
    );
  }
}

test("every reader gets exactly what it may see, each once, in order, or an announced gap", {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 4, 16, 1_000), fc.array(step, { minLength: 5, maxLength: 60 }), run),
    { numRuns: 300, interruptAfterTimeLimit: 20_000 },
  );
});

test("SEVERITIES in the model are those of the log", () => {
  expect(SEVERITIES.map(severityRank)).toEqual([0, 1, 2, 3, 4]);
});
