import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { DiskFullError } from "../../db/errors.ts";
import { readHead } from "../../db/notifications.ts";
import { createIndexedReader } from "../../db/search.ts";
import type { Writer } from "../../db/writer.ts";
import { LogFollower } from "../../server/hub/log_follower.ts";
import { openHistory } from "./_history.ts";

type Place = Awaited<ReturnType<typeof openHistory>>;

function follow({ writer, db }: Place, onError: (error: unknown) => void = () => undefined): LogFollower {
  return new LogFollower({
    ...{ writer, kind: "search.index", onError },
    through: createIndexedReader(db)(),
    head: () => readHead(db),
  });
}

const drafts = (count: number) => Array.from({ length: count }, (_, n) => ({ message: `disk ${n}` }));

test("LogFollower follows what is published, and goes on after a restart where it was", async () => {
  await using place = await openHistory();
  const first = await place.store(...drafts(300));
  {
    using follower = follow(place);
    await follower.reach(first.at(-1) ?? 0);
    expect(follower.through).toBe(first.at(-1));
    const [next = 0] = await place.store({ message: "one more" });
    await follower.reach(next);
    expect(follower.through).toBe(next);
  }
  const later = await place.store(...drafts(20));
  expect(createIndexedReader(place.db)(), "nobody follows").toBe((later[0] ?? 0) - 1);
  using follower = follow(place);
  expect(follower.through).toBe((later[0] ?? 0) - 1);
  await follower.reach(later.at(-1) ?? 0);
  expect(follower.through).toBe(later.at(-1));
  expect(await place.ids({ text: "disk", limit: 500 })).toHaveLength(320);
});

test("LogFollower.reach() lets nobody wait for an id that is far away, or for a follower that has ended", async () => {
  await using place = await openHistory();
  using follower = follow(place);
  await follower.reach(1_000_000);
  expect(follower.through).toBe(0);
  const waiting = follower.reach(5);
  follower[Symbol.dispose]();
  await waiting;
  await follower.reach(5);
});

test("LogFollower tells of a step that failed, and lets those who wait go on", async () => {
  await using place = await openHistory();
  const [id = 0] = await place.store({ message: "disk" });
  const errors: unknown[] = [];
  const full = new DiskFullError("Cannot write: the disk is full");
  const writer = { execute: () => Promise.reject(full), onCommit: () => ({ [Symbol.dispose]: () => undefined }) };
  using follower = follow({ ...place, writer: writer as unknown as Writer }, (error) => errors.push(error));
  await follower.reach(id);
  expect(follower.through).toBe(0);
  expect(errors).toEqual([full]);
});

test("what one step indexes is bounded by bytes too", async () => {
  await using place = await openHistory();
  const ids = await place.store(...Array.from({ length: 40 }, () => ({ message: "disk", data: "x".repeat(60_000) })));
  const step = await place.writer.execute({ kind: "search.index", input: { limit: 1_000 } });
  expect(step.count).toBeGreaterThan(10);
  expect(step.count).toBeLessThan(20);
  expect(step.through).toBe(ids[step.count - 1]);
  const huge = { event: "bulk", title: "disk", data: "y".repeat(1_900_000) };
  const [last = 0] = await place.store(huge);
  expect(await place.ids({ text: "disk", limit: 1 })).toEqual([last]);
});

test("words are indexed with what they belong to: deleting leaves nothing behind", async () => {
  await using place = await openHistory();
  const ids = await place.store(...drafts(10));
  await place.ids({ text: "disk" });
  await place.writer.execute({ kind: "notification.expire", input: { ids } });
  using db = openDatabase(place.folder.path, { readonly: true });
  expect(db.sqlite.prepare("SELECT rowid FROM search WHERE search MATCH 'disk'").all()).toEqual([]);
});
