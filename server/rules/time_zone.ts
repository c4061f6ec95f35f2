const MINUTE = 60_000;
const DAY = 86_400_000;
/** Most days whose offset a zone remembers. */
const REMEMBERED = 4_096;

/**
 * What clocks on the wall show in a time zone. Remembers the offset of each day on which it does not change, and of the
 * last minute asked for on the others, so that asking for many notifications costs about nothing.
 */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;
  /** Offset from UTC in ms by UTC day; null: it changes on that day. */
  readonly #days = new Map<number, number | null>();
  #minute = Number.NaN;
  #minuteOffset = 0;

  /** @throws {RangeError} when there is no zone of this name. */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      ...{ timeZone: name, calendar: "gregory", numberingSystem: "latn", hourCycle: "h23" },
      ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" },
    });
  }

  /** The local time of a unix time, both in ms: what is shown then, read as if it were UTC. */
  local(at: number): number {
    const day = Math.floor(at / DAY);
    let offset = this.#days.get(day);
    if (offset === undefined) {
      const first = this.#offset(day * DAY);
      offset = first === this.#offset(day * DAY + DAY - MINUTE) ? first : null;
      if (this.#days.size >= REMEMBERED) this.#days.clear();
      this.#days.set(day, offset);
    }
    return at + (offset ?? this.#ofMinute(at));
  }

  #ofMinute(at: number): number {
    const minute = Math.floor(at / MINUTE);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#minuteOffset = this.#offset(minute * MINUTE);
    }
    return this.#minuteOffset;
  }

  /** The offset at the beginning of a minute. */
  #offset(at: number): number {
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute")) - at;
  }
}

const zones = new Map<string, TimeZone>();

/** The zone of an IANA name, such as `Europe/Berlin` or `UTC`; undefined when there is none. One for all who ask. */
export function findTimeZone(name: string): TimeZone | undefined {
  // Offsets such as +02:00, which know no daylight-saving time, are no zones.
  if (!/^[a-z][a-z0-9_+/-]{0,63}$/i.test(name)) return undefined;
  const key = name.toLowerCase();
  try {
    const zone = zones.get(key) ?? new TimeZone(name);
    zones.set(key, zone);
    return zone;
  } catch {
    return undefined;
  }
}
