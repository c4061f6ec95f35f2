import { describe, expect, test } from "vitest";
import { NotFoundError } from "../../db/errors.ts";
import type { EventLog, LogRecord } from "../../db/event_log.ts";
import { makeEntry } from "../_log.ts";

/** An open log under test, with the channels `a` and `b`. */
export interface OpenLog extends AsyncDisposable {
  readonly log: EventLog;
}

/** A place where one log is kept: opened, closed and opened again. */
export interface LogPlace extends AsyncDisposable {
  open(): Promise<OpenLog>;
}

/** What every {@linkcode EventLog} must do, whatever it is made of. */
export function testEventLog(name: string, makePlace: () => LogPlace): void {
  const ids = (records: readonly LogRecord[]) => records.map(({ id }) => id);

  async function appendMany(log: EventLog, channel: string, count: number): Promise<LogRecord[]> {
    return await Promise.all(Array.from({ length: count }, () => log.append(makeEntry(channel))));
  }

  describe(`${name} as an EventLog`, () => {
    test("an empty log has head 0, oldest 1 and no records", async () => {
      await using place = makePlace();
      await using open = await place.open();
      expect([open.log.head(), open.log.oldest()]).toEqual([0, 1]);
      expect(await open.log.read(0)).toMatchObject({ records: [], through: 0 });
    });

    test("append() answers with the record that read() gives, its id and cursor in front of the JSON", async () => {
      await using place = makePlace();
      await using open = await place.open();
      const { log } = open;
      const entry = makeEntry("a", {
        event: "order.created",
        type: "order",
        severity: 3,
        recipients: ["u1", 'ü"2'],
        tail: '"channel":"a","data":{"ключ":"🔔"}}',
      });
      const record = await log.append(entry);
      const { channel, event, type, severity, recipients } = entry;
      const json = `{"id":${record.id},"cursor":"${log.epoch}-${record.id}","channel":"a","data":{"ключ":"🔔"}}`;
      expect(record).toMatchObject({ id: record.id, channel, event, type, severity, recipients, json });
      expect((await log.read(0)).records).toEqual([record]);
    });

    test("append() gives ids that strictly increase, also to entries that arrive at once", async () => {
      await using place = makePlace();
      await using open = await place.open();
      const records = await appendMany(open.log, "a", 300);
      for (const [index, { id }] of records.entries()) expect(id).toBeGreaterThan(records[index - 1]?.id ?? 0);
      expect(open.log.head()).toBe(records.at(-1)?.id);
    });

    test("append() never gives an id twice: not after trimming the newest, and not after reopening", async () => {
      await using place = makePlace();
      let last: number;
      {
        await using open = await place.open();
        last = (await open.log.append(makeEntry("a"))).id;
        expect(await open.log.trim(last)).toBe(1);
        expect([open.log.head(), open.log.oldest()]).toEqual([last, last + 1]);
        const next = await open.log.append(makeEntry("a"));
        expect(next.id).toBeGreaterThan(last);
        last = next.id;
        await open.log.trim(last);
      }
      await using reopened = await place.open();
      expect([reopened.log.head(), reopened.log.oldest()]).toEqual([last, last + 1]);
      expect((await reopened.log.append(makeEntry("a"))).id).toBeGreaterThan(last);
    });

    test("what was appended is there after reopening, with the same epoch", async () => {
      await using place = makePlace();
      let records: LogRecord[];
      let epoch: string;
      {
        await using open = await place.open();
        records = await appendMany(open.log, "a", 5);
        epoch = open.log.epoch;
      }
      await using reopened = await place.open();
      expect(reopened.log.epoch).toBe(epoch);
      expect((await reopened.log.read(0)).records).toEqual(records);
    });

    test("append() refuses an unknown channel by name and harms no other entry of the same moment", async () => {
      await using place = makePlace();
      await using open = await place.open();
      const { log } = open;
      const announced: LogRecord[] = [];
      using _ = log.onCommit((records) => announced.push(...records));
      const outcomes = await Promise.allSettled(
        ["a", "nowhere", "b", "nowhere", "a"].map((channel) => log.append(makeEntry(channel))),
      );
      expect(outcomes.map(({ status }) => status)).toEqual([
        "fulfilled",
        "rejected",
        "fulfilled",
        "rejected",
        "fulfilled",
      ]);
      const refused = outcomes[1] as PromiseRejectedResult;
      expect(refused.reason).toBeInstanceOf(NotFoundError);
      expect(refused.reason.message).toContain('"nowhere"');
      const stored = (await log.read(0)).records;
      expect(stored.map(({ channel }) => channel)).toEqual(["a", "b", "a"]);
      expect(announced).toEqual(stored);
    });

    test("onCommit() announces every record once, in order, and only when it can be read", async () => {
      await using place = makePlace();
      await using open = await place.open();
      const { log } = open;
      const announced: LogRecord[] = [];
      const reads: Promise<void>[] = [];
      using _ = log.onCommit((records) => {
        announced.push(...records);
        const last = records.at(-1)?.id ?? 0;
        expect(log.head()).toBe(last);
        reads.push(log.read(last - 1, { limit: 1 }).then((page) => expect(page.records).toEqual(records.slice(-1))));
      });
      const isAnnounced = (id: number) => announced.some((record) => record.id === id);
      await Promise.all(
        Array.from({ length: 40 }, async () => {
          for (let round = 0; round < 5; round += 1) {
            const { id } = await log.append(makeEntry("a"));
            expect(isAnnounced(id), "announced before its publisher is answered").toBe(true);
          }
        }),
      );
      await Promise.all(reads);
      expect(announced).toHaveLength(200);
      expect(announced).toEqual((await log.read(0)).records);
    });

    test("onCommit() announces nothing for a trim, and nothing after its subscription is disposed", async () => {
      await using place = makePlace();
      await using open = await place.open();
      const calls: number[][] = [];
      const subscription = open.log.onCommit((records) => calls.push(ids(records)));
      const { id } = await open.log.append(makeEntry("a"));
      await open.log.trim(id);
      subscription[Symbol.dispose]();
      await open.log.append(makeEntry("a"));
      expect(calls).toEqual([[id]]);
    });

    test("read() gives pages of at most `limit` that join without a gap or a repeat", async () => {
      await using place = makePlace();
      await using open = await place.open();
      const { log } = open;
      const records = await appendMany(log, "a", 25);
      const seen: LogRecord[] = [];
      let after = 0;
      const sizes: number[] = [];
      while (after < log.head()) {
        const page = await log.read(after, { limit: 10 });
        expect(page.through).toBeGreaterThan(after);
        sizes.push(page.records.length);
        seen.push(...page.records);
        after = page.through;
      }
      expect(sizes).toEqual([10, 10, 5]);
      expect(seen).toEqual(records);
      expect(await log.read(after)).toMatchObject({ records: [], through: after });
    });

    test("read() bounds a page also when it is not told to", async () => {
      await using place = makePlace();
      await using open = await place.open();
      await appendMany(open.log, "a", 2_000);
      const page = await open.log.read(0);
      expect(page.records.length).toBeLessThan(2_000);
      expect(page.through).toBe(page.records.at(-1)?.id);
    });

    test("read() with channels skips the others in windows: covered where nothing matched, nothing left out", async () => {
      await using place = makePlace();
      await using open = await place.open();
      const { log } = open;
      const first = await log.append(makeEntry("b"));
      await appendMany(log, "a", 10_000);
      const last = await log.append(makeEntry("b"));
      const seen: LogRecord[] = [];
      let pages = 0;
      for (let after = 0; after < log.head(); pages += 1) {
        const page = await log.read(after, { channels: new Set(["b"]), limit: 10 });
        expect(page.through).toBeGreaterThan(after);
        seen.push(...page.records);
        after = page.through;
      }
      expect(seen).toEqual([first, last]);
      expect(pages, "one page does not look through everything").toBeGreaterThan(1);
    });

    test("read() with several channels keeps their common order; with an unknown one it finds nothing", async () => {
      await using place = makePlace();
      await using open = await place.open();
      const { log } = open;
      const records = await Promise.all(["a", "b", "b", "a"].map((channel) => log.append(makeEntry(channel))));
      expect((await log.read(0, { channels: new Set(["b", "a"]) })).records).toEqual(records);
      const none = await log.read(0, { channels: new Set(["a' OR 1=1 --"]) });
      expect(none).toMatchObject({ records: [], through: log.head() });
    });

    test("trim() deletes up to an id, answers with the number and moves oldest(), never head()", async () => {
      await using place = makePlace();
      await using open = await place.open();
      const { log } = open;
      const records = await appendMany(log, "a", 10);
      const [, , third] = records;
      expect(await log.trim(third?.id ?? 0)).toBe(3);
      expect(await log.trim(third?.id ?? 0)).toBe(0);
      expect(log.oldest()).toBe(records[3]?.id);
      expect(log.head()).toBe(records.at(-1)?.id);
      expect((await log.read(0)).records).toEqual(records.slice(3));
      await log.trim(log.head());
      expect(log.oldest()).toBe(log.head() + 1);
      expect(await log.read(0)).toMatchObject({ records: [], through: log.head() });
    });

    test("trim() of a channel deletes its oldest alone, a limited number of them, and tells its readers alone", async () => {
      await using place = makePlace();
      const a = new Set(["a"]);
      const b = new Set(["b"]);
      let records: LogRecord[];
      {
        await using open = await place.open();
        const { log } = open;
        records = await Promise.all(["a", "b", "a", "a", "b"].map((channel) => log.append(makeEntry(channel))));
        expect([log.trimmed(), log.trimmed(a), log.trimmed(b)]).toEqual([0, 0, 0]);
        expect(await log.trim(log.head(), { channel: "a", limit: 2 })).toBe(2);
        expect(await log.trim(log.head(), { channel: "nowhere" })).toBe(0);
      }
      await using reopened = await place.open();
      const { log } = reopened;
      const [b1, a2, a3] = [records[1], records[2], records[3]].map((record) => record?.id ?? 0);
      expect([log.trimmed(), log.trimmed(a), log.trimmed(b)]).toEqual([a2, a2, 0]);
      expect([log.oldest(), log.oldest(a), log.oldest(b)]).toEqual([b1, a3, b1]);
      const everything = await log.read(0);
      expect(ids(everything.records)).toEqual([b1, a3, log.head()]);
      expect(everything.lost).toEqual({ through: a2, oldest: b1 });
      expect(await log.read(0, { channels: a })).toMatchObject({ lost: { through: a2, oldest: a3 } });
      expect((await log.read(0, { channels: b })).lost).toBeNull();
      expect((await log.read(a2 ?? 0)).lost).toBeNull();
      await log.trim(log.head(), { channel: "a" });
      expect([log.oldest(a), (await log.read(0, { channels: a })).through]).toEqual([log.head() + 1, log.head()]);
    });

    test("oldest() is right when a trim and appends share a batch", async () => {
      await using place = makePlace();
      await using open = await place.open();
      const { log } = open;
      const first = await log.append(makeEntry("a"));
      const [second] = await Promise.all([log.append(makeEntry("a")), log.trim(first.id + 1)]);
      expect((await log.read(0)).records).toEqual([]);
      expect(log.oldest()).toBe(second.id + 1);
      const [, third] = await Promise.all([log.trim(second.id), log.append(makeEntry("a"))]);
      expect(log.oldest()).toBe(third.id);
    });
  });
}
