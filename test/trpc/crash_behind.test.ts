import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { createHub } from "../../web/client/mod.ts";
import { TOKEN } from "../_server.ts";
import { makeTempFolder } from "../_temp.ts";
import { Victim } from "../_victim.ts";

const PUBLISHERS = 4;
const EACH = 60;
const KILLS = 4;

test("every stored notification is indexed and counted exactly once, through SIGKILLs in the middle of it", {
  timeout: 60_000,
}, async () => {
  using folder = makeTempFolder();
  await using victim = await Victim.start(folder.path);
  using hub = createHub({ url: victim.url, token: TOKEN });
  let stored = 0;
  let crash: Promise<void> = Promise.resolve();
  let kills = 0;
  const publishAll = async () => {
    for (let n = 0; n < EACH; n += 1) {
      const draft = { message: "needle in a haystack", type: n % 2 ? "odd" : "even" };
      while (!(await hub.publish(draft).catch(() => undefined))) await victim.up;
      stored += 1;
      if (kills < KILLS && stored >= ((kills + 1) * PUBLISHERS * EACH) / (KILLS + 1)) {
        kills += 1;
        crash = crash.then(() => victim.crash());
      }
    }
  };
  await Promise.all(Array.from({ length: PUBLISHERS }, publishAll));
  await crash;
  expect(kills).toBe(KILLS);

  // A publish whose answer a kill took away was stored all the same, perhaps.
  using db = openDatabase(folder.path, { readonly: true });
  const all = db.sqlite.prepare("SELECT id FROM notifications ORDER BY id").pluck().all() as number[];
  expect(all.length).toBeGreaterThanOrEqual(PUBLISHERS * EACH);
  const indexed = async () => (await hub.list({ text: "needle", limit: 1 })).indexed;
  await expect.poll(indexed, { timeout: 20_000 }).toBe(all.at(-1));
  const found = db.sqlite.prepare("SELECT rowid FROM search WHERE search MATCH 'needle' ORDER BY rowid").pluck().all();
  expect(found).toEqual(all);

  const published = async () => {
    const { series } = await hub.trpc.stats.history.query({ step: "hour", by: "type" });
    const sum = (name: string) =>
      series.find((one) => one.name === name)?.points.reduce((n, one) => n + one.published, 0);
    return [sum("even") ?? 0, sum("odd") ?? 0];
  };
  const ofType = (type: string) =>
    db.sqlite.prepare("SELECT count(*) FROM notifications WHERE type = ?").pluck().get(type) as number;
  const counted = async () => (await published()).reduce((sum, count) => sum + count, 0);
  await expect.poll(counted, { timeout: 20_000 }).toBe(all.length);
  expect(await published()).toEqual([ofType("even"), ofType("odd")]);
});
