import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createQuiet, DAYS, type QuietHours, quietHours } from "../../server/rules/quiet_hours.ts";
import { findTimeZone } from "../../server/rules/time_zone.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Zones, each with moments around which the clocks were put forward and back. Kolkata's never are. */
const ZONES: Readonly<Record<string, readonly string[]>> = {
  "Europe/Berlin": ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"],
  "America/New_York": ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"],
  // Half an hour forward and back.
  "Australia/Lord_Howe": ["2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"],
  "Asia/Kolkata": ["2026-03-29T01:00:00Z"],
  // A day was left out here.
  "Pacific/Apia": ["2011-12-30T10:00:00Z"],
  // At one minute past midnight.
  "America/St_Johns": ["2011-03-13T03:31:00Z", "2010-11-07T02:31:00Z"],
};

/** What a clock on the wall shows: the day of the week and `HH:MM`, straight from the platform. */
function onTheWall(at: number, timeZone: string): { readonly day: string; readonly time: string } {
  const text = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  }).format(at);
  return { day: text.slice(0, 3).toLowerCase(), time: text.slice(-5) };
}

/** The same decision, said in words. */
function isQuietNaively(
  { from, to, timeZone, days, criticalPasses }: QuietHours,
  at: number,
  severity: number,
): boolean {
  if (criticalPasses && severity === 4) return false;
  const { day, time } = onTheWall(at, timeZone);
  const names: readonly string[] = DAYS;
  const yesterday = names[(names.indexOf(day) + 6) % 7];
  const beginsOn = (name: string | undefined) => !days || days.some((wanted) => wanted === name);
  if (from < to) return time >= from && time < to && beginsOn(day);
  return (time >= from && beginsOn(day)) || (time < to && beginsOn(yesterday));
}

const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 1, 29, 30, 31, 59))
  .map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":"));
const anyHours = fc
  .record({
    from: clock,
    to: fc.oneof({ weight: 6, arbitrary: clock }, fc.constant("24:00")),
    timeZone: fc.constantFrom(...Object.keys(ZONES)),
    days: fc.option(fc.subarray([...DAYS], { minLength: 1 }), { nil: undefined }),
    criticalPasses: fc.boolean(),
  })
  .filter(({ from, to }) => from !== to)
  .map(({ days, ...hours }): QuietHours => ({ ...hours, ...(days && { days }) }));

/** Moments within two days of a change of the clocks, most of them close to it. */
const around = (change: string) =>
  fc.oneof(
    fc.integer({ min: -3 * 60, max: 3 * 60 }).map((minutes) => Date.parse(change) + minutes * MINUTE),
    fc.integer({ min: -2 * DAY, max: 2 * DAY }).map((ms) => Date.parse(change) + ms),
  );

test("createQuiet() decides as the clock on the wall does, around every change of the clocks", () => {
  const world = anyHours.chain((hours) =>
    fc.record({
      hours: fc.constant(hours),
      moments: fc.array(
        fc.record({
          at: fc.constantFrom(...(ZONES[hours.timeZone] ?? [])).chain(around),
          severity: fc.integer({ min: 0, max: 4 }),
        }),
        { minLength: 1, maxLength: 20 },
      ),
    }),
  );
  fc.assert(
    fc.property(world, ({ hours, moments }) => {
      const isQuiet = createQuiet(hours);
      for (const { at, severity } of moments) {
        const label = `${new Date(at).toISOString()} (${Object.values(onTheWall(at, hours.timeZone)).join(" ")})`;
        expect(isQuiet(at, severity), label).toBe(isQuietNaively(hours, at, severity));
      }
    }),
    { numRuns: 300 },
  );
});

test.each(Object.entries(ZONES))(
  "a zone tells the local time of every minute around the changes of %s",
  (name, changes) => {
    const zone = findTimeZone(name);
    for (const change of changes) {
      for (let at = Date.parse(change) - 36 * 60 * MINUTE; at < Date.parse(change) + 36 * 60 * MINUTE; at += MINUTE) {
        const local = new Date(zone?.local(at + 59_999) ?? 0);
        const shown = `${DAYS[local.getUTCDay()]} ${local.toISOString().slice(11, 16)}`;
        const { day, time } = onTheWall(at, name);
        if (shown !== `${day} ${time}`) expect(`${new Date(at).toISOString()}: ${shown}`).toBe(`${day} ${time}`);
      }
    }
  },
);

describe("createQuiet()", () => {
  const night: QuietHours = { from: "22:00", to: "07:00", timeZone: "Europe/Berlin", criticalPasses: true };
  const at = (text: string) => Date.parse(text);

  test.each([
    // In winter Berlin is an hour ahead of UTC, in summer two.
    ["2026-01-10T20:59:59.999Z", false],
    ["2026-01-10T21:00:00.000Z", true],
    ["2026-01-11T05:59:59.999Z", true],
    ["2026-01-11T06:00:00.000Z", false],
    ["2026-07-10T19:59:59.999Z", false],
    ["2026-07-10T20:00:00.000Z", true],
    ["2026-07-11T05:00:00.000Z", false],
    // The night in which the clocks are put forward is an hour shorter.
    ["2026-03-28T20:59:59.999Z", false],
    ["2026-03-28T21:00:00.000Z", true],
    ["2026-03-29T04:59:59.999Z", true],
    ["2026-03-29T05:00:00.000Z", false],
    // The one in which they are put back is an hour longer.
    ["2026-10-24T20:00:00.000Z", true],
    ["2026-10-25T05:59:59.999Z", true],
    ["2026-10-25T06:00:00.000Z", false],
  ])("from 22:00 to 07:00 in Berlin holds %s back: %s", (text, expected) => {
    expect(createQuiet(night)(at(text), 3)).toBe(expected);
    expect(createQuiet(night)(at(text), 4)).toBe(false);
    expect(createQuiet({ ...night, criticalPasses: false })(at(text), 4)).toBe(expected);
  });

  test("counts a night to the day on which it begins", () => {
    const isQuiet = createQuiet({ ...night, timeZone: "UTC", days: ["fri"] });
    expect(isQuiet(at("2026-01-09T22:00:00Z"), 0)).toBe(true);
    expect(isQuiet(at("2026-01-10T06:59:00Z"), 0)).toBe(true);
    expect(isQuiet(at("2026-01-09T06:59:00Z"), 0)).toBe(false);
    expect(isQuiet(at("2026-01-10T22:00:00Z"), 0)).toBe(false);
  });

  test("holds a whole day back from 00:00 to 24:00", () => {
    const isQuiet = createQuiet({ ...night, from: "00:00", to: "24:00", timeZone: "UTC", days: ["sat", "sun"] });
    expect(isQuiet(at("2026-01-10T00:00:00Z"), 0)).toBe(true);
    expect(isQuiet(at("2026-01-11T23:59:59.999Z"), 0)).toBe(true);
    expect(isQuiet(at("2026-01-12T00:00:00Z"), 0)).toBe(false);
  });
});

describe("quietHours", () => {
  const valid = { from: "22:00", to: "07:00", timeZone: "Europe/Berlin" };

  test("says everything in full, the days in order and each once, and lets critical ones pass unless told", () => {
    expect(quietHours.parse(valid)).toEqual({ ...valid, days: null, criticalPasses: true });
    expect(quietHours.parse({ ...valid, days: ["fri", "mon", "fri"], criticalPasses: false })).toEqual({
      ...{ ...valid, days: ["mon", "fri"], criticalPasses: false },
    });
  });

  test.each([
    [{ from: "22" }, "from must be a time of the day"],
    [{ from: "24:00" }, "from must be a time of the day"],
    [{ to: "7:00" }, "to must be a time of the day"],
    [{ to: "22:00" }, "to must be another time than from"],
    [{ timeZone: "Europe/Atlantis" }, "timeZone must be the IANA name"],
    [{ timeZone: "+02:00" }, "timeZone must be the IANA name"],
    [{ timeZone: "" }, "timeZone must be the IANA name"],
    [{ days: [] }, "days must name a day"],
    [{ days: ["friday"] }, "days.0 "],
    [{ until: "07:00" }, " Unrecognized key"],
  ])("refuses %o", (fault, message) => {
    const { error } = quietHours.safeParse({ ...valid, ...fault });
    const said = error?.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join();
    expect(said).toContain(message);
  });
});
