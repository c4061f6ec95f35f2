import { createMemo, For, Index } from "solid-js";
import { type DayValue, placeBars, roundUp } from "../state/chart.ts";
import { formatDay } from "../state/clock.ts";

/** What a chart shows. */
export interface BarChartProps {
  readonly title: string;
  /** Said beside the title, such as the sum. */
  readonly note: string;
  /** The oldest first. */
  readonly values: readonly DayValue[];
  /** Writes a value. */
  readonly format: (value: number) => string;
}

/** Size of the drawing without its labels, in CSS pixels at most. */
const SIZE = { width: 400, height: 96 };
const LABELS = 18;

/** A bar for each day, drawn by hand. The numbers stand in a table beside the charts. */
export function BarChart(props: BarChartProps) {
  const most = createMemo(() => Math.max(0, ...props.values.map(({ value }) => value ?? 0)));
  const top = createMemo(() => roundUp(most()));
  const bars = createMemo(() => placeBars(props.values, top(), SIZE));
  const day = (at: number) => formatDay(Date.parse(props.values.at(at)?.day ?? ""));
  const name = () => `${props.title} per day: ${props.note}, at most ${props.format(most())} a day`;
  return (
    <figure class="chart">
      <figcaption>
        <span>{props.title}</span>
        <strong>{props.note}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height + LABELS}`} role="img" aria-label={name()}>
        <line class="chart-line" x1="0" x2={SIZE.width} y1="0.5" y2="0.5" />
        <line class="chart-line" x1="0" x2={SIZE.width} y1={SIZE.height} y2={SIZE.height} />
        <Index each={bars()}>
          {(bar, at) => (
            <rect class="chart-bar" x={bar().x} y={bar().y} width={bar().width} height={bar().height}>
              <title>
                {day(at)}: {props.format(props.values[at]?.value ?? 0)}
              </title>
            </rect>
          )}
        </Index>
        <text class="chart-label" x={SIZE.width} y="12" text-anchor="end">
          {props.format(top())}
        </text>
        <For each={[0, -1]}>
          {(at) => (
            <text
              class="chart-label"
              x={at === 0 ? 0 : SIZE.width}
              y={SIZE.height + LABELS - 4}
              text-anchor={at === 0 ? "start" : "end"}
            >
              {props.values.length > 0 ? day(at) : ""}
            </text>
          )}
        </For>
      </svg>
    </figure>
  );
}
