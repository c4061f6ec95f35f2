import { expect, test } from "vitest";
import type { EventLog, LogRecord } from "../../db/event_log.ts";
import type { Filter } from "../../server/hub/filter.ts";
import { Wire } from "../../server/hub/frame.ts";
import { Hub } from "../../server/hub/hub.ts";
import type { Reader } from "../../server/hub/reader.ts";
import { createDraftSchema } from "../../server/rules/draft.ts";
import { createTrpcFormat } from "../../server/trpc/wire.ts";
import { SseSplitter } from "../_sse.ts";
import { EVERYTHING, fail, turn, useTestLog } from "./_hub.ts";

const WIRE = new Wire(createTrpcFormat({}), { chunked: false });
const schema = createDraftSchema();

const open = useTestLog(["a"]);

/** The log, but for commits: they are told of, and move the head, when asked for, all as one. */
class HeldLog implements EventLog {
  readonly epoch = open.log.epoch;
  #head = open.log.head();
  readonly #held: LogRecord[] = [];
  #tell: (records: readonly LogRecord[]) => void = () => undefined;

  head(): number {
    return this.#head;
  }

  oldest(channels?: ReadonlySet<string>): number {
    return open.log.oldest(channels);
  }
  trimmed(channels?: ReadonlySet<string>): number {
    return open.log.trimmed(channels);
  }

  append(entry: Parameters<EventLog["append"]>[0]): Promise<LogRecord> {
    return open.log.append(entry);
  }

  read(...input: Parameters<EventLog["read"]>): ReturnType<EventLog["read"]> {
    return open.log.read(...input);
  }

  trim(through: number): ReturnType<EventLog["trim"]> {
    return open.log.trim(through);
  }

  onCommit(listener: (records: readonly LogRecord[]) => void): Disposable {
    this.#tell = listener;
    return open.log.onCommit((records) => this.#held.push(...records));
  }

  /** Tells of the next of what was committed as of one commit; absent: of all. */
  release(count = this.#held.length): void {
    const records = this.#held.splice(0, count);
    this.#head = records.at(-1)?.id ?? this.#head;
    this.#tell(records);
  }
}

/** A reader with the messages that it was given. */
class Listener {
  readonly reader: Reader;
  readonly received: string[] = [];
  writes = 0;
  readonly #splitter = new SseSplitter();
  #bytes: Uint8Array[] = [];
  #isFull = false;
  readonly #onWrite: () => void;

  constructor(hub: Hub, filter: Filter, options: { after?: string; onWrite?: () => void } = {}) {
    this.#onWrite = options.onWrite ?? (() => undefined);
    this.reader = hub.open({ filter, after: options.after });
    this.reader.stream(
      {
        write: (bytes) => {
          this.writes += 1;
          this.#bytes.push(bytes);
          this.#onWrite();
          return !this.#isFull;
        },
        end: () => undefined,
        destroy: () => undefined,
      },
      WIRE,
    );
  }

  fill(): void {
    this.#isFull = true;
  }

  drain(): void {
    this.#isFull = false;
    this.reader.drained();
  }

  /** Everything that it was given so far. */
  read(): readonly string[] {
    for (const bytes of this.#bytes.splice(0)) {
      for (const { data } of this.#splitter.push(Buffer.from(bytes).toString())) {
        const { message } = JSON.parse(data || "{}") as { message?: string };
        if (message !== undefined) this.received.push(message);
      }
    }
    return this.received;
  }
}

const groupFilter = (n: number): Filter => ({ ...EVERYTHING, channels: new Set(["a", `own ${n}`]) });
const messagesOf = (records: readonly LogRecord[]) =>
  records.toSorted((a, b) => a.id - b.id).map(({ json }) => (JSON.parse(json) as { message: string }).message);
const GROUPS = 1_500;
const COMMIT = 200;

test("a commit of many for many groups leaves the others their turns, comes in one write, and is observed once", async () => {
  const log = new HeldLog();
  const observed: boolean[] = [];
  let left = 0;
  let turns = 0;
  let turnsBefore = -1;
  const observer = { written: () => void observed.push(left === 0) };
  using hub = new Hub({ log, hasChannel: () => true, now: () => 0, onError: fail, heartbeat: 3_600_000, observer });
  const onWrite = () => {
    if (turnsBefore < 0) turnsBefore = turns;
    left -= 1;
  };
  const listeners = Array.from({ length: GROUPS }, (_, n) => new Listener(hub, groupFilter(n), { onWrite }));
  await expect.poll(() => hub.countReaders().live).toBe(GROUPS);
  const drafts = Array.from({ length: COMMIT }, (_, n) => schema.parse({ channel: "a", message: `${n}` }));
  const records = await Promise.all(drafts.map((draft) => hub.publish(draft, "test")));
  const wanted = messagesOf(records);
  left = GROUPS;
  turnsBefore = -1;
  for (const listener of listeners) listener.writes = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  count();
  turns = 0;
  log.release();
  await expect.poll(() => observed.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(COMMIT);
  isOver = true;
  expect(turnsBefore, "turns that the others had before the first reader had its own").toBeGreaterThan(3);
  expect(new Set(listeners.map(({ writes }) => writes))).toEqual(new Set([1]));
  for (const listener of listeners.slice(-3)) expect(listener.read()).toEqual(wanted);
  expect(observed, "once each, when the last reader has it").toEqual(new Array(COMMIT).fill(true));
});

test("who joins, falls behind or comes back while a commit is offered gets each once, in order", async () => {
  const log = new HeldLog();
  using hub = new Hub({ log, hasChannel: () => true, now: () => 0, onError: fail, heartbeat: 3_600_000 });
  const listeners = Array.from({ length: GROUPS }, (_, n) => new Listener(hub, groupFilter(n)));
  await expect.poll(() => hub.countReaders().live).toBe(GROUPS);
  const after = `${hub.head}`;
  const wanted: string[] = [];
  const flashes: string[] = [];
  const flash = async (message: string) => {
    flashes.push(message);
    await hub.publish(schema.parse({ channel: "a", message, ephemeral: true }), "test");
  };
  for (let time = 0; time < 2; time += 1) {
    const drafts = Array.from({ length: 2 * COMMIT }, (_, n) =>
      schema.parse({ channel: "a", message: `${time} ${n}` }),
    );
    wanted.push(...messagesOf(await Promise.all(drafts.map((draft) => hub.publish(draft, "test")))));
    // Two commits, each with an ephemeral one after it, before the first is offered.
    for (let half = 0; half < 2; half += 1) {
      log.release(COMMIT);
      await flash(`E${flashes.length}`);
    }
    for (const n of [3, 700, GROUPS - 1]) {
      listeners.push(new Listener(hub, groupFilter(n), { after }));
      listeners[n + time]?.fill();
    }
    for (let n = 0; n < 5; n += 1) await turn();
    for (const n of [3, 700, GROUPS - 1]) listeners[n + time]?.drain();
  }
  for (const each of listeners) each.drain();
  const durable = (each: Listener) => each.read().filter((message) => !message.startsWith("E"));
  const isWhole = () =>
    listeners.every((each) => each.reader.state === "live" && durable(each).length >= wanted.length);
  await expect.poll(isWhole, { timeout: 20_000 }).toBe(true);
  for (const each of listeners) {
    expect(durable(each)).toEqual(wanted);
    const got = each.read().filter((message) => message.startsWith("E"));
    expect(got, "once, in order").toEqual(flashes.filter((message) => got.includes(message)));
    // Each stands between its two commits: a cursor that came with it never goes backwards.
    for (const message of got) {
      const before = each.read().slice(0, each.read().indexOf(message));
      expect(before.filter((each) => !each.startsWith("E"))).toHaveLength((Number(message.slice(1)) + 1) * COMMIT);
    }
  }
  const early = listeners[10];
  expect(
    early?.read().filter((message) => message.startsWith("E")),
    "who was there and takes all",
  ).toEqual(flashes);
});

test("an ephemeral notification comes once to a reader that falls behind and is back before its round is over", async () => {
  using hub = new Hub({ log: open.log, hasChannel: () => true, now: () => 0, onError: fail, heartbeat: 3_600_000 });
  const spin = () => {
    for (const end = performance.now() + 0.5; performance.now() < end; );
  };
  const first = new Listener(hub, EVERYTHING);
  await expect.poll(() => hub.countReaders().live).toBe(1);
  const others = Array.from({ length: 320 }, () => new Listener(hub, EVERYTHING, { onWrite: spin }));
  await expect.poll(() => hub.countReaders().live).toBe(321);
  first.fill();
  await hub.publish(schema.parse({ channel: "a", message: "E", ephemeral: true }), "test");
  expect(first.reader.outlet?.isFull).toBe(true);
  first.drain();
  await turn();
  expect(first.reader.state).toBe("live");
  expect(others.at(-1)?.read(), "the round goes on").toEqual([]);
  await expect.poll(() => others.at(-1)?.read()).toEqual(["E"]);
  await turn();
  expect(first.read()).toEqual(["E"]);
  expect(hub.meter.dropped).toBe(0);
});

test("a reader whose filter widens while a commit waits for the groups gets that commit, and nothing from before", async () => {
  const log = new HeldLog();
  using hub = new Hub({ log, hasChannel: () => true, now: () => 0, onError: fail, heartbeat: 3_600_000 });
  const publish = async (message: string, type: string) => {
    await hub.publish(schema.parse({ channel: "a", message, type }), "test");
  };
  let onWrite: () => void = () => undefined;
  const busy = new Listener(hub, { ...EVERYTHING, types: new Set(["busy"]) }, { onWrite: () => onWrite() });
  const other = new Listener(hub, { ...EVERYTHING, types: new Set(["x"]) });
  await turn();
  await publish("hidden", "y");
  log.release();
  await publish("1", "busy");
  await publish("2", "x");
  await publish("3", "y");
  onWrite = () => {
    onWrite = () => undefined;
    log.release(2);
    other.reader.refilter({ ...EVERYTHING, types: new Set(["x", "y"]) });
  };
  log.release(1);
  await expect.poll(() => other.read()).toEqual(["2", "3"]);
  expect(busy.read()).toEqual(["1"]);
});
