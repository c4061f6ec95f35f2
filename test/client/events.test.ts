import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { createHub, defineEvents, HubError, isEphemeral } from "../../web/client/mod.ts";
import { startTestServer, type TestServer, TOKEN } from "../_server.ts";
import { events } from "./_shop.ts";

/** For what takes its time on a busy machine. */
const PATIENCE = 15_000;
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ channels: ["orders"] });
});
afterAll(() => server[Symbol.asyncDispose]());

const connect = () => createHub({ url: server.url, token: TOKEN, events });
const DATA = { code: "A-7", total: 12.5 };
/** Waits until the server has so many streams open. */
async function untilStreams(count: number): Promise<void> {
  await vi.waitFor(async () => {
    const metrics = await (await server.fetch("/metrics")).text();
    expect(Number(/^belfry_connections\{transport="trpc"\} (\d+)/m.exec(metrics)?.[1] ?? 0)).toBe(count);
  }, PATIENCE);
}

test("registerEvents() registers what was defined, and the second time changes nothing", async () => {
  using hub = connect();
  const made = await hub.registerEvents();
  expect(made.map(({ name, version }) => [name, version])).toEqual([
    ["order.created", 1],
    ["stock.low", 1],
    ["door.rang", 1],
  ]);
  expect((await hub.registerEvents()).map(({ change }) => change)).toEqual(["unchanged", "unchanged", "unchanged"]);
  const { schema, ...texts } = await hub.trpc.types.get.query({ name: "order.created" });
  expect(texts).toMatchObject({ description: "A basket became an order", severity: "success", channel: "orders" });
  expect(schema).toMatchObject({
    type: "object",
    required: ["code", "total"],
    properties: { code: { type: "string" } },
  });
});

describe("once they are registered", () => {
  beforeAll(async () => {
    using hub = connect();
    await hub.registerEvents();
  });

  test("publish() fills what the type says, and refuses wrong data with its pointer", async () => {
    using hub = connect();
    const stored = await hub.publish({ type: "order.created", data: DATA });
    expect(stored).toMatchObject({ channel: "orders", title: "Order A-7", message: "A-7 for 12.5 €", typeVersion: 1 });
    // @ts-expect-error the total is missing
    const refused = hub.publish({ type: "order.created", data: { code: "A" } });
    const error = await refused.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HubError);
    expect((error as HubError).data).toMatchObject({
      code: "BAD_REQUEST",
      issues: [{ path: "/data/total", message: "is required" }],
    });
  });

  test("on() hands over what is of its type, over one stream for all listeners of a hub", async () => {
    using hub = connect();
    const told: string[] = [];
    await untilStreams(0);
    using orders = hub.on("order.created", ({ data }) => told.push(`order ${data.code.toLowerCase()}`));
    using _ = hub.on("order.created", ({ data, sender }) => told.push(`again ${data.total} ${sender}`));
    using stock = hub.on("stock.low", (event) => told.push(`${event.data.sku} ${isEphemeral(event)}`));
    await stock.ready;
    await untilStreams(1);
    await hub.publish({ type: "order.created", data: DATA });
    await hub.publish({ type: "door.rang", message: "nobody listens" });
    await hub.publish({ type: "stock.low", ephemeral: true, event: "update", data: { sku: "S", left: 1 } });
    await vi.waitFor(() => expect(told).toHaveLength(3), PATIENCE);
    expect(told).toEqual(["order a-7", "again 12.5 token:BELFRY_ADMIN_TOKEN", "S true"]);

    orders[Symbol.dispose]();
    await hub.publish({ type: "order.created", data: DATA });
    await vi.waitFor(() => expect(told).toHaveLength(4), PATIENCE);
    expect(told.at(-1)).toContain("again");
  });

  test("on() ends the stream with the last listener, and begins another with the next", async () => {
    using hub = connect();
    await untilStreams(0);
    const first = hub.on("stock.low", () => undefined);
    const second = hub.on("order.created", () => undefined);
    await untilStreams(1);
    first[Symbol.dispose]();
    second[Symbol.dispose]();
    second[Symbol.dispose]();
    await untilStreams(0);
    const told: number[] = [];
    using again = hub.on("stock.low", ({ data }) => told.push(data.left));
    await again.ready;
    await hub.publish({ type: "stock.low", message: "m", data: { sku: "S", left: 3 } });
    await vi.waitFor(() => expect(told).toEqual([3]), PATIENCE);
  });

  test("close() ends the stream of the listeners too", async () => {
    const hub = connect();
    await untilStreams(0);
    await hub.on("stock.low", () => undefined).ready;
    const { ready } = hub.on("order.created", () => undefined);
    await untilStreams(1);
    hub.close();
    await ready;
    const closed = connect();
    const late = closed.on("stock.low", () => undefined).ready;
    closed.close();
    await expect(late).rejects.toThrow("the stream was closed");
    await untilStreams(0);
  });

  test("a listener is told when the hub refuses for good", async () => {
    using stranger = createHub({ url: server.url, token: "bf_of-nobody", events });
    const told: unknown[] = [];
    const listening = stranger.on("stock.low", () => undefined, { onError: ({ data }) => told.push(data?.code) });
    await expect(listening.ready).rejects.toThrow("no valid credential");
    expect(told).toEqual(["UNAUTHORIZED"]);
  });

  test("a listener that throws is reported, and keeps nothing from the others", async () => {
    const reported: unknown[] = [];
    vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
    using hub = connect();
    const told: string[] = [];
    const fault = new Error("a listener's own fault");
    using _ = hub.on("stock.low", () => {
      throw fault;
    });
    using right = hub.on("stock.low", ({ data }) => told.push(data.sku));
    await right.ready;
    await hub.publish({ type: "stock.low", message: "m", data: { sku: "one", left: 1 } });
    await hub.publish({ type: "stock.low", message: "m", data: { sku: "two", left: 1 } });
    await vi.waitFor(() => expect(told).toEqual(["one", "two"]), PATIENCE);
    expect(reported).toEqual([fault, fault]);
  });

  test("on() of a hub without types hands over whatever has the type", async () => {
    using hub = createHub({ url: server.url, token: TOKEN });
    const told: unknown[] = [];
    using listening = hub.on("free", ({ data }) => told.push(data));
    await listening.ready;
    await hub.publish({ type: "free", message: "m", data: 7 });
    await vi.waitFor(() => expect(told).toEqual([7]), PATIENCE);
  });
});

test("a version that is declared is published, and the only one that on() hands over", async () => {
  const first = defineEvents({ versioned: { data: z.object({ n: z.string() }), version: 1, message: "m" } });
  const second = defineEvents({ versioned: { data: z.object({ n: z.number() }), version: 2, message: "m" } });
  using old = createHub({ url: server.url, token: TOKEN, events: first });
  using young = createHub({ url: server.url, token: TOKEN, events: second });
  await old.registerEvents();
  await young.registerEvents();
  const told: unknown[] = [];
  using ofOld = old.on("versioned", ({ data }) => told.push(data.n));
  using ofYoung = young.on("versioned", ({ data }) => told.push(data.n));
  await Promise.all([ofOld.ready, ofYoung.ready]);
  expect(await old.publish({ type: "versioned", data: { n: "one" } })).toMatchObject({ typeVersion: 1 });
  expect(await young.publish({ type: "versioned", data: { n: 2 } })).toMatchObject({ typeVersion: 2 });
  await vi.waitFor(() => expect(told).toHaveLength(2), PATIENCE);
  expect(told.toSorted()).toEqual([2, "one"]);
});

test("defineEvents() takes a schema by its input, which is what travels", () => {
  const { types } = defineEvents({
    trimmed: z.object({ a: z.string().transform(Number), b: z.string().default("x") }),
  });
  expect(types.get("trimmed")?.schema).toMatchObject({
    properties: { a: { type: "string" }, b: { type: "string", default: "x" } },
    required: ["a"],
  });
});

test("defineEvents() says of which event a schema cannot be written down", () => {
  expect(() => defineEvents({ "order.dated": z.object({ at: z.date() }) })).toThrow(
    /^Cannot define event "order.dated": .*[Dd]ate/,
  );
});

test("registerEvents() of a hub without events, and without the right, refuses", async () => {
  using free = createHub({ url: server.url, token: TOKEN });
  await expect(free.registerEvents()).rejects.toThrow("createHub was given none");
  using stranger = createHub({ url: server.url, token: "bf_of-nobody", events });
  await expect(stranger.registerEvents()).rejects.toThrow("no valid credential");
});
