/** One bar of a chart: a day, and how much there was; null: nothing to say. */
export interface DayValue {
  /** Such as `2027-01-31`, in UTC. */
  readonly day: string;
  readonly value: number | null;
}

/** A rectangle in the chart's own units. */
export interface Bar {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Size of a chart's drawing, in its own units. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

/** Part of a day's place that its bar fills. */
const FILL = 0.75;
/** Lowest bar, so that one of a thousand can be seen. */
const LEAST = 1.5;

/** The day of a time (unix ms), in UTC. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The next round number from a value on: 1, 2 or 5 with zeros. A scale that ends there is read at a glance. */
export function roundUp(value: number): number {
  if (value <= 1) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * unit).find((step) => step >= value) ?? 10 * unit;
}

/** Places one bar for each value, on a scale from nothing to `top`. */
export function placeBars(values: readonly DayValue[], top: number, { width, height }: ChartSize): Bar[] {
  const place = width / Math.max(values.length, 1);
  return values.map(({ value }, at) => {
    const share = Math.min((value ?? 0) / top, 1) * height;
    const tall = value ? Math.max(share, LEAST) : 0;
    return { x: at * place + (place * (1 - FILL)) / 2, y: height - tall, width: place * FILL, height: tall };
  });
}
