import { For, Show } from "solid-js";
import { FACTS, formatFact, type UsageSum } from "../state/usage.ts";

/** What a table of use shows. */
export interface UsageTableProps {
  readonly title: string;
  /** What a row is. */
  readonly head: string;
  readonly rows: readonly (UsageSum & { readonly medianReadMs?: number | null })[];
  /** Whether it tells how long reading took. */
  readonly hasMedian?: boolean;
}

/** The numbers of the charts, unfolded on request. */
export function UsageTable(props: UsageTableProps) {
  return (
    <details class="past">
      <summary>{props.title}, as a table</summary>
      {/* Scrolled with the keyboard where it is too wide. */}
      <section class="table-box panel wide" aria-label={props.title} tabindex={0}>
        <table class="table numbers">
          <thead>
            <tr>
              <th scope="col">{props.head}</th>
              <For each={FACTS}>{({ label }) => <th scope="col">{label}</th>}</For>
              <Show when={props.hasMedian}>
                <th scope="col">Median time to read</th>
              </Show>
            </tr>
          </thead>
          <tbody>
            <For each={props.rows}>
              {(row) => (
                <tr>
                  <th scope="row">{row.name}</th>
                  <For each={FACTS}>{({ name }) => <td>{formatFact(name, row[name])}</td>}</For>
                  <Show when={props.hasMedian}>
                    <td>{row.medianReadMs == null ? "–" : formatFact("medianReadMs", row.medianReadMs)}</td>
                  </Show>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </section>
    </details>
  );
}
