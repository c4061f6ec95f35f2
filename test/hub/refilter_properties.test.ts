/** Readers whose filters change while they are open: what was decided stays decided, and nothing is lost or repeated. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogRecord } from "../../db/event_log.ts";
import { type Filter, isAddressed, matches } from "../../server/hub/filter.ts";
import { Hub } from "../../server/hub/hub.ts";
import type { Reader } from "../../server/hub/reader.ts";
import { createDraftSchema, type DraftInput } from "../../server/rules/draft.ts";
import { createPreferenceFilter } from "../../server/rules/preference_filter.ts";
import { DEFAULT_PREFERENCES } from "../../server/rules/preferences.ts";
import { EVERYTHING, turn, useTestLog, WIRES } from "./_hub.ts";

const CHANNELS = ["a", "b", "c"] as const;
const SEVERITIES = ["info", "error", "critical"] as const;
/** So many readers of one group are served before the clock is looked at. */
const CROWD = 33;
const schema = createDraftSchema();

const open = useTestLog(CHANNELS);

/** A filter, and since which head of the log it holds. */
interface Ruling {
  readonly filter: Filter;
  readonly since: number;
  /** The reader had everything before: it is not given that by this filter. */
  readonly isClean: boolean;
}

interface SessionOptions {
  readonly way: Way;
  readonly filter: Filter;
  readonly start: number;
  readonly slow: number;
}

/** A reader of one of three ways with the filters it had. */
class Session {
  readonly reader: Reader;
  readonly ids: number[] = [];
  readonly rulings: Ruling[] = [];
  readonly start: number;
  isStalled = false;
  #isFull = false;
  #gate = Promise.withResolvers<void>();
  readonly #abort = new AbortController();
  /** How long each write takes, in ms: longer than a slice of the fan-out's, others are served in a later one. */
  readonly #slow: number;

  constructor(hub: Hub, options: SessionOptions) {
    const { way, filter, start, slow } = options;
    this.start = start;
    this.#slow = slow;
    this.reader = hub.open({ filter, after: String(start) });
    this.rulings.push({ filter, since: start, isClean: true });
    if (way === "items") void this.#iterate();
    else
      this.reader.stream(
        { write: (bytes) => this.#take(bytes), end: () => undefined, destroy: () => undefined },
        WIRES[way],
      );
  }

  stall(): void {
    if (!this.isStalled) this.#gate = Promise.withResolvers();
    this.isStalled = true;
  }

  drain(): void {
    this.isStalled = false;
    this.#gate.resolve();
    if (!this.#isFull) return;
    this.#isFull = false;
    this.reader.drained();
  }

  close(): void {
    this.drain();
    this.#abort.abort();
    this.reader.close("client");
  }

  #take(bytes: Uint8Array): boolean {
    for (const end = performance.now() + this.#slow; performance.now() < end; );
    for (const [, id] of Buffer.from(bytes)
      .toString()
      .matchAll(/"id":(\d+)/g))
      this.ids.push(Number(id));
    this.#isFull = this.isStalled;
    return !this.#isFull;
  }

  async #iterate(): Promise<void> {
    for await (const { item } of this.reader.items(this.#abort.signal)) {
      if (item.id !== undefined) this.ids.push(item.id);
      if (this.isStalled) await this.#gate.promise;
    }
  }
}

type Way = "typed" | "plain" | "items";
type Step =
  | { readonly do: "publish"; readonly drafts: readonly DraftInput[]; readonly wait: boolean }
  | { readonly do: "open"; readonly way: Way; readonly filter: Filter; readonly back: number; readonly slow: number }
  | { readonly do: "refilter"; readonly which: number; readonly filter: Filter }
  | { readonly do: "stall" | "drain"; readonly which: number }
  | { readonly do: "turn" | "settle" };

/** Muted for good, or what is published before a time; the clock goes on by 1 ms with each draft. */
const muted = fc.dictionary(
  fc.constantFrom(...CHANNELS),
  fc.oneof(
    fc.constant<true>(true),
    fc.integer({ min: 1, max: 60 }).map((ms) => new Date(ms).toISOString()),
  ),
  { maxKeys: 2 },
);
const someFilter = fc
  .record({
    channels: fc.constantFrom(null, null, new Set(["a", "b"])),
    user: fc.constantFrom(null, "u1", "u2"),
    seesTargeted: fc.constantFrom(false, false, true),
    preferences: fc.record({ muted, minSeverity: fc.constantFrom("info", "info", "error") }),
  })
  .map(({ preferences, ...rest }) => ({
    ...{ types: null, minSeverity: 0, ...rest },
    preferences: createPreferenceFilter({ ...DEFAULT_PREFERENCES, ...preferences }),
  }));
const filter: fc.Arbitrary<Filter> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(EVERYTHING) },
  { weight: 3, arbitrary: someFilter },
);
const draft = fc.record(
  {
    channel: fc.constantFrom(...CHANNELS),
    severity: fc.constantFrom(...SEVERITIES),
    message: fc.constant("m"),
    to: fc.constantFrom("u1", "u2"),
  },
  { requiredKeys: ["channel", "message"] },
) satisfies fc.Arbitrary<DraftInput>;
const which = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      drafts: fc.array(draft, { minLength: 1, maxLength: 6 }),
      wait: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("open" as const),
      way: fc.constantFrom<Way>("typed", "plain", "items"),
      filter,
      back: fc.constantFrom(0, 0, 10),
      slow: fc.constantFrom(0, 0, 0, 5),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("refilter" as const), which, filter }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("stall" as const, "drain" as const), which }) },
  { weight: 4, arbitrary: fc.constantFrom<Step>({ do: "turn" }, { do: "settle" }) },
);

/** Whether a session must (true), must not (false) or may (null) have been given a record. */
function verdict({ rulings, start }: Session, record: LogRecord): boolean | null {
  if (record.id <= start) return false;
  // The filter that held when it was committed, and those that may have judged it while the reader was behind.
  const first = rulings.findLastIndex(({ since }) => since < record.id);
  const later = rulings.findIndex(({ isClean }, index) => index > first && isClean);
  const judges = rulings.slice(Math.max(first, 0), later < 0 ? undefined : later);
  const judged = new Set(judges.map(({ filter }) => matches(filter, record) && isAddressed(filter, record)));
  return judged.size === 1 ? judged.has(true) : null;
}

async function play(ring: number, isCrowded: boolean, steps: readonly Step[]): Promise<void> {
  const errors: unknown[] = [];
  let now = 0;
  using hub = new Hub({
    ...{ log: open.log, hasChannel: () => true, now: () => now, heartbeat: 3_600_000, ring: { capacity: ring } },
    onError: (error) => errors.push(error),
  });
  const records: LogRecord[] = [];
  const sessions: Session[] = [];
  let pending: Promise<unknown>[] = [];
  const base = hub.head;
  const settle = async () => {
    await Promise.all(pending);
    pending = [];
    const isThere = ({ reader, isStalled }: Session) => isStalled || reader.state === "live";
    do for (let n = 0; n < 20; n += 1) await turn();
    while (!sessions.every(isThere));
  };
  const crowd = Array.from({ length: isCrowded ? CROWD : 0 }, () => {
    return new Session(hub, { way: "typed", filter: EVERYTHING, start: base, slow: 0.15 });
  });
  for (const each of steps) {
    const session = "which" in each ? sessions[each.which % Math.max(1, sessions.length)] : undefined;
    if (each.do === "publish") {
      for (const input of each.drafts) {
        now += 1;
        pending.push(hub.publish(schema.parse(input), "test").then((record) => records.push(record)));
      }
      if (each.wait) await Promise.all(pending);
    } else if (each.do === "open") {
      if (sessions.length < 8)
        sessions.push(new Session(hub, { ...each, start: Math.max(base, hub.head - each.back) }));
    } else if (each.do === "turn") await turn();
    else if (each.do === "settle") await settle();
    else if (each.do === "refilter") {
      if (!session) continue;
      // With nothing under way, a live reader has been given all that it is ever to be given of what there is.
      const isClean = pending.length === 0 && session.reader.state === "live" && !session.isStalled;
      session.reader.refilter(each.filter);
      session.rulings.push({ filter: each.filter, since: hub.head, isClean });
    } else session?.[each.do]();
  }
  for (const session of sessions) session.drain();
  await settle();
  for (const session of [...crowd, ...sessions]) {
    expect(session.ids, "in order, each once").toEqual([...new Set(session.ids)].toSorted((a, b) => a - b));
    const given = new Set(session.ids);
    for (const record of records) {
      const wanted = verdict(session, record);
      if (wanted !== null) expect([record.id, given.has(record.id)]).toEqual([record.id, wanted]);
    }
    session.close();
  }
  expect(errors).toEqual([]);
}

test("a reader whose filter changes is given what the filter of the time matches, each once, in order", {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 8, 1_000), fc.boolean(), fc.array(step, { minLength: 5, maxLength: 50 }), play),
    { numRuns: 300, interruptAfterTimeLimit: 20_000 },
  );
});
