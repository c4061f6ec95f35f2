import fc from "fast-check";
import { expect, test } from "vitest";
import type { Filter } from "../../server/hub/filter.ts";
import { Wire } from "../../server/hub/frame.ts";
import { Hub } from "../../server/hub/hub.ts";
import type { Reader } from "../../server/hub/reader.ts";
import { createDraftSchema } from "../../server/rules/draft.ts";
import { createTrpcFormat } from "../../server/trpc/wire.ts";
import { EVERYTHING, turn, useTestLog, withRead } from "./_hub.ts";

const WIRE = new Wire(createTrpcFormat({}), { chunked: true });
const FILTERS: readonly Filter[] = [
  EVERYTHING,
  { ...EVERYTHING, user: "u1" },
  { ...EVERYTHING, types: new Set(["x"]) },
];
const schema = createDraftSchema();

const open = useTestLog(["a"]);

/** The only thing that may go wrong. */
function onFailure(error: unknown): void {
  expect(error).toMatchObject({ message: "the disk is gone" });
}

/** A reader with its lease, over a connection that may fill, hang or break. */
class Stream {
  readonly reader: Reader;
  released = 0;
  /** Times that the hub destroyed or ended the connection, and bytes that came after. */
  ends = 0;
  lateWrites = 0;
  lateItems = 0;
  /** Times that it was told why it ends. */
  farewells = 0;
  /** Its consumer leaves it with the next item. */
  isBroken = false;
  readonly #abort = new AbortController();
  #isFull = false;

  constructor(hub: Hub, options: { readonly filter: Filter; readonly back: number }) {
    const release = () => {
      this.released += 1;
    };
    const after = `${Math.max(0, hub.head - options.back)}`;
    this.reader = hub.open({ filter: options.filter, after, lease: { release } });
  }

  /** Begins, perhaps after it was closed already. */
  start(way: "stream" | "items"): void {
    if (way === "items") this.#iterate().catch(onFailure);
    else {
      const finish = () => {
        this.ends += 1;
      };
      const write = () => {
        if (this.ends > 0) this.lateWrites += 1;
        return !this.#isFull;
      };
      this.reader.stream({ write, end: finish, destroy: finish, setTimeout: () => undefined }, WIRE);
    }
  }

  fill(): void {
    this.#isFull = true;
  }

  drain(): void {
    this.#isFull = false;
    this.reader.drained();
  }

  abort(): void {
    this.#abort.abort();
  }

  async #iterate(): Promise<void> {
    for await (const { item } of this.reader.items(this.#abort.signal)) {
      expect(this.farewells, "nothing comes after the reason").toBe(0);
      if (item.event === "ended") this.farewells += 1;
      // One may be on its way already.
      else if (this.released > 0 && item.event !== "connected") this.lateItems += 1;
      if (this.isBroken) return;
      if (this.#isFull) await turn();
    }
  }
}

const ENDS = {
  gone: ({ reader }: Stream) => reader.close("client"),
  stalled: ({ reader }: Stream) => reader.close("stalled"),
  life: ({ reader }: Stream) => reader.close("life"),
  revoked: ({ reader }: Stream) => reader.end("revoked"),
  expired: ({ reader }: Stream) => reader.end("expired"),
  aborted: (stream: Stream) => stream.abort(),
  left: (stream: Stream) => {
    stream.isBroken = true;
  },
} as const;

type Step =
  | { readonly do: "open"; readonly filter: Filter; readonly back: number; readonly way: "stream" | "items" | "later" }
  | { readonly do: "start"; readonly which: number; readonly way: "stream" | "items" }
  | { readonly do: "end"; readonly which: number; readonly how: keyof typeof ENDS }
  | { readonly do: "fill" | "drain"; readonly which: number }
  | { readonly do: "refilter"; readonly which: number; readonly filter: Filter }
  | { readonly do: "publish"; readonly count: number; readonly ephemeral: boolean }
  | { readonly do: "break" | "turn" | "shutdown" };

const which = fc.nat(7);
const filter = fc.constantFrom(...FILTERS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("open" as const),
      filter,
      back: fc.oneof(fc.constant(0), fc.nat(50)),
      way: fc.constantFrom("stream", "stream", "items", "later"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("start" as const), which, way: fc.constantFrom("stream", "items") }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("end" as const),
      which,
      how: fc.constantFrom(...(Object.keys(ENDS) as (keyof typeof ENDS)[])),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("fill" as const, "drain" as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("refilter" as const), which, filter }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      count: fc.integer({ min: 1, max: 20 }),
      ephemeral: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.constant<Step>({ do: "turn" }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: "break" }, { do: "shutdown" }) },
);

async function play(steps: readonly Step[]): Promise<void> {
  const { log } = open;
  let isBroken = false;
  const failing = withRead(log, async (after, options) => {
    if (isBroken) throw new Error("the disk is gone");
    return await log.read(after, options);
  });
  const hub = new Hub({
    log: failing,
    hasChannel: () => true,
    now: () => 0,
    onError: onFailure,
    heartbeat: 3_600_000,
    ring: { capacity: 1 },
  });
  const streams: Stream[] = [];
  const started = new Set<Stream>();
  const start = (stream: Stream, way: "stream" | "items") => {
    if (started.has(stream)) return;
    started.add(stream);
    stream.start(way);
  };
  for (const each of steps) {
    const stream = "which" in each && streams.length > 0 ? streams[each.which % streams.length] : undefined;
    if (each.do === "open") {
      const opened = new Stream(hub, each);
      streams.push(opened);
      if (each.way !== "later") start(opened, each.way);
    } else if (each.do === "publish") {
      const { count, ephemeral } = each;
      const draft = schema.parse({ channel: "a", message: "m", ephemeral });
      await Promise.all(Array.from({ length: count }, () => hub.publish(draft, "test")));
    } else if (each.do === "turn") await turn();
    else if (each.do === "break") isBroken = true;
    else if (each.do === "shutdown") hub[Symbol.dispose]();
    else if (!stream) continue;
    else if (each.do === "start") start(stream, each.way);
    else if (each.do === "end") ENDS[each.how](stream);
    else if (each.do === "refilter") stream.reader.refilter(each.filter);
    else stream[each.do]();
    for (const { released, reader } of streams) expect(released).toBe(reader.state === "closed" ? 1 : 0);
    const entered = streams.filter(({ reader }) => reader.state === "live" || reader.state === "catching up");
    expect(hub.countReaders().open, "whoever has no lease any more is no reader").toBe(entered.length);
  }
  hub[Symbol.dispose]();
  for (const stream of streams) {
    // One that never began is closed by whoever opened it.
    if (!started.has(stream)) stream.reader.close("client");
    stream.drain();
    stream.abort();
  }
  for (let n = 0; n < 5; n += 1) await turn();
  for (const stream of streams) {
    ENDS.gone(stream);
    expect(stream.released, "given back once").toBe(1);
    expect(stream.ends, "its connection is ended once").toBeLessThanOrEqual(1);
    expect(stream.lateWrites, "nothing comes after").toBe(0);
    expect(stream.lateItems, "nothing but what was on its way").toBeLessThanOrEqual(1);
  }
  expect(hub.countReaders().open).toBe(0);
  expect(hub.countConnections()).toEqual({});
}

test("a reader gives its lease back exactly once, however it ends, and nothing is written to it after that", {
  timeout: 60_000,
}, async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 40 }), play), {
    numRuns: 400,
    interruptAfterTimeLimit: 10_000,
  });
});
