import { expect, test } from "vitest";
import { acknowledgedId, describeAcknowledgement, type Status } from "../../../web/app/state/acknowledgements.ts";

const at = "2030-01-01T00:00:00.000Z";

function status(change: Partial<Status> & { readonly by?: readonly string[]; readonly left?: number }): Status {
  const { by = [], left = 0, ...rest } = change;
  const acknowledged = by.map((user) => ({ user, at }));
  const counts = { delivered: 0, read: 0, acknowledged: by.length, outstanding: left };
  const open = { settled: false, escalations: 0, nextEscalation: null, view: "everybody" } as const;
  return { id: 1, ack: "anyone", ...open, delivered: [], read: [], outstanding: [], acknowledged, counts, ...rest };
}

test("describeAcknowledgement() lets whoever has not acknowledged do so until it is settled", () => {
  expect(describeAcknowledgement(status({}), "ann")).toEqual({ text: "Somebody has to acknowledge it", isOpen: true });
  expect(describeAcknowledgement(status({ settled: true, by: ["bob"] }), "ann")).toEqual({
    text: "Acknowledged by bob",
    isOpen: false,
  });
  const everyone = status({ ack: "everyone", by: ["ann", "bob"], left: 3 });
  expect(describeAcknowledgement(everyone, "ann")).toEqual({
    text: "Acknowledged by you, bob; 3 still to come",
    isOpen: false,
  });
  expect(describeAcknowledgement(everyone, "cho")).toMatchObject({ isOpen: true });
});

test("describeAcknowledgement() names some, counts the rest, and nobody where the user may not know", () => {
  const by = ["a", "b", "c", "d", "e"];
  expect(describeAcknowledgement(status({ settled: true, by }), "me").text).toBe("Acknowledged by a, b, c and 2 more");
  expect(describeAcknowledgement(status({ settled: true, view: "own" }), "me").text).toBe("Acknowledged");
});

test("acknowledgedId() is a copy's original", () => {
  expect([acknowledgedId({ id: 3 }), acknowledgedId({ id: 3, original: 1 })]).toEqual([3, 1]);
});
