/**
 * What must not compile: `npx tsc` fails where a line after `@ts-expect-error` is right. The functions are never called.
 */
import { expect, expectTypeOf, test } from "vitest";
import { createHub, type Draft, type Hub, type Passed, type Scheduled, type Stored } from "../../web/client/mod.ts";
import type { Events } from "./_pulled_events.d.ts";
import { events } from "./_shop.ts";

const DATA = { code: "A", total: 1 };

/** A hub whose types are defined in code, one whose types were pulled, and one without types. */
function makeHubs() {
  return {
    defined: createHub({ url: "http://127.0.0.1:1", token: "t", events }),
    pulled: createHub<Events>({ url: "http://127.0.0.1:1", token: "t" }),
    free: createHub({ url: "http://127.0.0.1:1", token: "t" }),
  };
}
type Hubs = ReturnType<typeof makeHubs>;

function publishToDefined({ defined: hub }: Hubs): void {
  hub.publish({ type: "order.created", data: DATA });
  hub.publish({ type: "order.created", data: { ...DATA, gift: true }, severity: "info", channel: "x" });
  hub.publish({ event: "order.created", data: DATA });
  hub.publish({ type: "order.created", event: "stock.low", data: DATA });
  hub.publish({ type: "door.rang", message: "m" });
  hub.publish({ type: "door.rang", message: "m", data: { any: 1 } });
  hub.publish({ type: "of nobody", message: "m", data: 7 });
  hub.publish({ message: "m", data: { any: 1 } });
  hub.publish({ message: "m" });
  // @ts-expect-error data is missing
  hub.publish({ type: "order.created" });
  // @ts-expect-error a field is missing
  hub.publish({ type: "order.created", data: { code: "A" } });
  // @ts-expect-error a field has another type
  hub.publish({ type: "order.created", data: { code: 1, total: 1 } });
  // @ts-expect-error there is no such field
  hub.publish({ type: "order.created", data: { code: "A", total: 1, colour: "red" } });
  // @ts-expect-error the event is the type where there is no type
  hub.publish({ event: "order.created", data: { code: 1 } });
  // @ts-expect-error the type wins over the event
  hub.publish({ type: "order.created", event: "stock.low", data: { sku: "S", left: 1 } });
  // @ts-expect-error an ephemeral one is checked just the same
  hub.publish({ type: "order.created", ephemeral: true, data: { code: 1 } });
  // @ts-expect-error so is a scheduled one
  hub.publish({ type: "order.created", deliverAt: "+1h", data: { code: 1 } });
  // @ts-expect-error the other fields are checked as ever
  hub.publish({ type: "order.created", severity: "fatal", data: DATA });
  // @ts-expect-error there is no such field of a draft
  hub.publish({ type: "order.created", colour: "red", data: DATA });
}

function publishToPulled({ pulled: hub }: Hubs): void {
  hub.publish({ type: "order.created", data: DATA });
  hub.publish({ type: "order.created", data: { ...DATA, gift: true } });
  hub.publish({ type: "stock.low", message: "m", data: { sku: "S", left: 1 } });
  hub.publish({ type: "door.rang", message: "m" });
  hub.publish({ type: "of nobody", message: "m", data: 7 });
  // @ts-expect-error data is missing
  hub.publish({ type: "order.created" });
  // @ts-expect-error a field has another type
  hub.publish({ type: "order.created", data: { code: 1, total: 1 } });
  // @ts-expect-error a field is missing
  hub.publish({ event: "stock.low", data: { sku: "S" } });
}

function listenToDefined({ defined: hub }: Hubs): void {
  hub.on("order.created", ({ type, data, title, ...rest }) => {
    expectTypeOf(type).toEqualTypeOf<"order.created">();
    expectTypeOf(data.code).toEqualTypeOf<string>();
    expectTypeOf(data.gift).toEqualTypeOf<boolean | undefined>();
    expectTypeOf(title).toEqualTypeOf<string | undefined>();
    expectTypeOf(rest.severity).toEqualTypeOf<"info" | "success" | "warning" | "error" | "critical">();
    // @ts-expect-error there is no such field
    data.colour;
    // @ts-expect-error it is no number
    const wrong: number = data.code;
    return wrong;
  });
  // @ts-expect-error there is no such type
  hub.on("order.creatd", () => undefined);
}

function listenToPulled({ pulled: hub }: Hubs): void {
  hub.on("order.created", ({ data }) => {
    expectTypeOf(data).toEqualTypeOf<Events["order.created"]>();
    expectTypeOf(data.total).toEqualTypeOf<number>();
    // @ts-expect-error there is no such field
    data.colour;
  });
  hub.on("door.rang", ({ data }) => {
    expectTypeOf(data).toEqualTypeOf<unknown>();
    // @ts-expect-error nothing is known of it
    data.colour;
  });
  // @ts-expect-error there is no such type
  hub.on("stock.high", () => undefined);
}

function useFree({ free: hub }: Hubs, draft: Draft): void {
  expectTypeOf(hub).toEqualTypeOf<Hub>();
  hub.on("anything", ({ data }) => expectTypeOf(data).toEqualTypeOf<unknown>());
  expectTypeOf(hub.publish({ message: "m" })).toEqualTypeOf<Promise<Stored>>();
  expectTypeOf(hub.publish({ type: "x", data: 1, ephemeral: true })).toEqualTypeOf<Promise<Passed>>();
  expectTypeOf(hub.publish({ message: "m", deliverAt: "+1h" })).toEqualTypeOf<Promise<Scheduled>>();
  expectTypeOf(hub.publish(draft)).resolves.toEqualTypeOf<Stored | Passed | Scheduled>();
}

test("the hubs that these functions are about are made without a call", () => {
  expect([publishToDefined, publishToPulled, listenToDefined, listenToPulled, useFree]).toHaveLength(5);
  const { defined, pulled, free } = makeHubs();
  for (const hub of [defined, pulled, free]) expect(hub.close()).toBeUndefined();
});
