import diagnostics from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import type { Worker } from "node:worker_threads";
import { expect, test, vi } from "vitest";
import { BatchRunner } from "../../db/batch_runner.ts";
import { databaseFile, openDatabase } from "../../db/database.ts";
import { ConflictError, DatabaseOpenError, DiskFullError, NotFoundError, WriterBusyError } from "../../db/errors.ts";
import { createAppender } from "../../db/notifications.ts";
import { type Committed, Writer } from "../../db/writer.ts";
import { makeChannel, makeEntry } from "../_log.ts";
import { makeTempFolder } from "../_temp.ts";

const SYSTEM = { actor: { id: "system" }, at: 0 } as const;

function append(writer: Writer, channel: string, tail?: string): Promise<number> {
  return writer.execute({
    kind: "notification.append",
    input: makeEntry(channel, tail === undefined ? {} : { tail }),
  });
}

/** What a fresh connection, as after a crash, finds in the database. */
function countStored(folder: string): number {
  using db = openDatabase(folder, { readonly: true });
  return db.sqlite.prepare("SELECT count(*) FROM notifications").pluck().get() as number;
}

test("Writer commits what comes in one turn in one transaction and answers in order", async () => {
  using folder = makeTempFolder();
  await using writer = await Writer.start(folder.path);
  await makeChannel(writer, "a");
  const batches: (readonly Committed[])[] = [];
  using _ = writer.onCommit((committed, commitMs) => {
    batches.push(committed);
    expect(commitMs).toBeGreaterThan(0);
  });
  const ids = await Promise.all(Array.from({ length: 500 }, () => append(writer, "a")));
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  expect(new Set(ids).size).toBe(500);
  expect(batches.map((batch) => batch.length)).toEqual([500]);
  expect(batches[0]?.map(({ result }) => result)).toEqual(ids);
});

test("Writer gathers the next batch while one commits, and bounds how large it gets", async () => {
  using folder = makeTempFolder();
  await using writer = await Writer.start(folder.path);
  await makeChannel(writer, "a");
  const sizes: number[] = [];
  using _ = writer.onCommit((committed) => sizes.push(committed.length));
  await Promise.all(Array.from({ length: 2_500 }, () => append(writer, "a")));
  expect(sizes).toEqual([1_000, 1_000, 500]);
});

test("Writer.execute() answers only what is on disk already", async () => {
  using folder = makeTempFolder();
  await using writer = await Writer.start(folder.path);
  await makeChannel(writer, "a");
  for (let count = 1; count <= 5; count += 1) {
    await append(writer, "a");
    expect(countStored(folder.path)).toBe(count);
  }
});

test("one failing command harms no other of its batch and leaves nothing behind", async () => {
  using folder = makeTempFolder();
  await using writer = await Writer.start(folder.path);
  const user = { id: "admin", email: "a@example.com", name: "A", role: "admin", passwordHash: null } as const;
  const outcomes = await Promise.allSettled([
    makeChannel(writer, "a"),
    makeChannel(writer, "a"),
    append(writer, "a"),
    append(writer, "nowhere"),
    writer.execute({ kind: "user.createFirst", input: { ...SYSTEM, user } }),
    writer.execute({ kind: "user.createFirst", input: { ...SYSTEM, user: { ...user, id: "second" } } }),
    writer.execute({ kind: "token.revoke", input: { ...SYSTEM, id: 12_345, userId: null } }),
    append(writer, "a"),
  ]);
  const reasons = outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.constructor : null));
  expect(reasons).toEqual([null, ConflictError, null, NotFoundError, null, ConflictError, NotFoundError, null]);
  expect(countStored(folder.path)).toBe(2);
  using db = openDatabase(folder.path, { readonly: true });
  const actions = db.sqlite.prepare("SELECT action FROM audit ORDER BY id").pluck().all();
  expect(actions, "refused changes are in no audit trail").toEqual(["channel.create", "user.create"]);
});

test("a command that the database itself refuses fails alone", async () => {
  using folder = makeTempFolder();
  await using writer = await Writer.start(folder.path);
  await makeChannel(writer, "a");
  const bad = { ...SYSTEM, hash: "h", userId: "nobody", expiresAt: 1 };
  const [first, refused, last] = await Promise.allSettled([
    append(writer, "a"),
    writer.execute({ kind: "link.create", input: bad }),
    append(writer, "a"),
  ]);
  expect(first.status).toBe("fulfilled");
  expect(refused).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("FOREIGN KEY") } });
  expect(last.status).toBe("fulfilled");
});

test("a command that fails halfway leaves nothing of its first half", async () => {
  using folder = makeTempFolder();
  await using writer = await Writer.start(folder.path);
  const user = { id: "admin", email: "a@example.com", name: "A", role: "admin", passwordHash: null } as const;
  await writer.execute({ kind: "user.createFirst", input: { ...SYSTEM, user } });
  const old = { ...SYSTEM, hash: "old", userId: "admin", expiresAt: 1 };
  await writer.execute({ kind: "link.create", input: old });
  // It drops the links that have expired, and then there is no such user.
  const bad = { ...SYSTEM, at: 5, hash: "new", userId: "nobody", expiresAt: 9 };
  await expect(writer.execute({ kind: "link.create", input: bad })).rejects.toThrow("FOREIGN KEY");
  using db = openDatabase(folder.path, { readonly: true });
  expect(db.sqlite.prepare("SELECT hash FROM links").pluck().all()).toEqual(["old"]);
});

test("a channel whose making failed in the same transaction is not remembered", async () => {
  using folder = makeTempFolder();
  await using writer = await Writer.start(folder.path);
  await expect(append(writer, "late")).rejects.toThrow(NotFoundError);
  await makeChannel(writer, "late");
  expect(await append(writer, "late")).toBeGreaterThan(0);
});

/** Changes the database as another process would. */
function change(folder: string, statement: string): void {
  using db = openDatabase(folder);
  db.sqlite.exec(statement);
}

/** The channel and the message's sender of everything stored. */
function listStored(folder: string): unknown[] {
  using db = openDatabase(folder, { readonly: true });
  return db.sqlite
    .prepare("SELECT c.name, n.sender FROM notifications n JOIN channels c ON c.id = n.channel_id ORDER BY n.id")
    .raw()
    .all();
}

test("a channel of a batch that was rolled back is forgotten, though its id goes to the next channel", async () => {
  using folder = makeTempFolder();
  await using writer = await Writer.start(folder.path);
  // As a full disk does: not the command fails, the whole transaction is gone.
  change(
    folder.path,
    "CREATE TRIGGER full BEFORE INSERT ON notifications WHEN NEW.sender = 'large' BEGIN SELECT RAISE(ROLLBACK, 'no room'); END",
  );
  const send = (channel: string, sender: string) =>
    writer.execute({ kind: "notification.append", input: makeEntry(channel, { sender }) });
  const batch = await Promise.allSettled([makeChannel(writer, "lost"), send("lost", "small"), send("lost", "large")]);
  const reasons = batch.map((outcome) => (outcome.status === "rejected" ? outcome.reason.message : null));
  expect(reasons).toEqual(["no room", "no room", "no room"]);
  await makeChannel(writer, "other");
  await expect(send("lost", "late")).rejects.toThrow(NotFoundError);
  expect(await send("other", "right")).toBe(1);
  expect(listStored(folder.path)).toEqual([["other", "right"]]);
});

test("a disk that is full reaches the caller as a DiskFullError that says what to do, and harms nobody else", async () => {
  using folder = makeTempFolder();
  await using writer = await Writer.start(folder.path);
  await makeChannel(writer, "a");
  // With no id left SQLite reports a full disk.
  change(folder.path, "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'channels'");
  const [full, fine] = await Promise.allSettled([makeChannel(writer, "b"), append(writer, "a")]);
  expect(full).toMatchObject({ reason: { message: expect.stringMatching(/disk is full; make room/) } });
  expect((full as PromiseRejectedResult).reason).toBeInstanceOf(DiskFullError);
  expect(fine).toEqual({ status: "fulfilled", value: 1 });
});

test("BatchRunner undoes a batch that finds the disk full, goes on when there is room, and survives a failing rollback", () => {
  using folder = makeTempFolder();
  using db = openDatabase(folder.path);
  const runner = new BatchRunner({ db, appender: createAppender(db) });
  const send = (tail: string) => ({ kind: "notification.append", input: makeEntry("a", { tail }) }) as const;
  runner.run([{ kind: "channel.create", input: { ...SYSTEM, name: "a", description: "" } }]);
  const full = { error: { name: "DiskFullError", message: expect.stringContaining("make room") } };
  const pages = db.sqlite.pragma("page_count", { simple: true }) as number;

  db.sqlite.pragma(`max_page_count = ${pages + 2}`);
  expect(runner.run([send("{}"), send("x".repeat(100_000)), send("{}")])).toContainEqual(full);

  db.sqlite.pragma("max_page_count = 1000000");
  db.sqlite.exec("BEGIN");
  const rollBack = vi.spyOn(db.sqlite, "exec").mockImplementation(() => {
    throw new Error("the disk is gone");
  });
  const [outcome] = runner.run([send("{}")]);
  expect(outcome).toMatchObject({ error: { message: expect.stringContaining("the disk is gone") } });
  rollBack.mockRestore();
  expect(runner.run([send("y".repeat(100_000))])).toEqual([{ result: expect.any(Number) }]);
  expect(db.sqlite.inTransaction).toBe(false);
});

test("Writer says that its thread has died, refuses what waits and what comes, and can be disposed", async () => {
  using folder = makeTempFolder();
  const threads: Worker[] = [];
  const note = (message: unknown) => void threads.push((message as { readonly worker: Worker }).worker);
  diagnostics.subscribe("worker_threads", note);
  await using writer = await Writer.start(folder.path);
  diagnostics.unsubscribe("worker_threads", note);
  await makeChannel(writer, "a");
  expect(writer.isAlive).toBe(true);

  const failures: Error[] = [];
  using _ = writer.onFailure((error) => failures.push(error));
  const waiting = Promise.allSettled([append(writer, "a"), append(writer, "a")]);
  await threads[0]?.terminate();
  for (const outcome of await waiting) {
    expect(outcome).toMatchObject({ reason: { message: expect.stringContaining("thread has ended") } });
  }
  expect(writer.isAlive).toBe(false);
  expect(failures.map(({ message }) => message)).toEqual(["Cannot write: the writer's thread has ended"]);
  await expect(append(writer, "a")).rejects.toThrow("thread has ended");
  using _late = writer.onFailure((error) => failures.push(error));
  expect(failures).toHaveLength(2);
});

test("Writer that is disposed is not alive, and that is no failure", async () => {
  using folder = makeTempFolder();
  const writer = await Writer.start(folder.path);
  const failures: Error[] = [];
  using _ = writer.onFailure((error) => failures.push(error));
  await writer[Symbol.asyncDispose]();
  expect([writer.isAlive, failures]).toEqual([false, []]);
});

test("Writer commits what is queued when it is disposed, answers it, and refuses what comes later", async () => {
  using folder = makeTempFolder();
  const writer = await Writer.start(folder.path);
  await makeChannel(writer, "a");
  const queued = Array.from({ length: 3_000 }, () => append(writer, "a"));
  const closed = writer[Symbol.asyncDispose]();
  await expect(append(writer, "a")).rejects.toThrow(WriterBusyError);
  const ids = await Promise.all(queued);
  await closed;
  await writer[Symbol.asyncDispose]();
  expect(new Set(ids).size).toBe(3_000);
  expect(countStored(folder.path)).toBe(3_000);
  await expect(append(writer, "a")).rejects.toThrow("Cannot write");
});

test("Writer tells publishers to come back when too much waits, and takes more when it has room", async () => {
  using folder = makeTempFolder();
  await using writer = await Writer.start(folder.path);
  await makeChannel(writer, "a");
  // To no channel, so that nothing large reaches the disk.
  const large = "x".repeat(33 * 1024 * 1024);
  const waiting = [append(writer, "nowhere", large), append(writer, "nowhere", large)];
  expect(writer.backlog).toBe(2);
  const refused = append(writer, "a");
  await expect(refused).rejects.toThrow(WriterBusyError);
  await expect(refused).rejects.toThrow("2 commands");
  await Promise.allSettled(waiting);
  expect(writer.backlog).toBe(0);
  expect(await append(writer, "a")).toBe(1);
});

test("Writer.start() refuses a damaged database with the reason", async () => {
  using folder = makeTempFolder();
  writeFileSync(databaseFile(folder.path), Buffer.alloc(4_096, "no database "));
  await expect(Writer.start(folder.path)).rejects.toThrow(DatabaseOpenError);
  await expect(Writer.start(folder.path)).rejects.toThrow("damaged");
});
