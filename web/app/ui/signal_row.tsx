import Zap from "lucide-solid/icons/zap";
import { Show } from "solid-js";
import { summaryOf } from "../state/board.ts";
import { Message } from "./message.tsx";
import type { RowProps } from "./notification_row.tsx";
import { SEVERITY_LABELS } from "./severity.tsx";
import { TimeAgo } from "./time_ago.tsx";

/** Longest summary of data, in characters; the row unfolds to all of it. */
const SUMMARY = 160;

/** One signal for programs: its event and what data it carries, in one line. */
export function SignalRow(props: RowProps) {
  const it = () => props.notification;
  const summary = () => {
    const text = summaryOf(it()) || "no data";
    return text.length > SUMMARY ? `${text.slice(0, SUMMARY)}…` : text;
  };
  return (
    <article class="signal" classList={{ fresh: props.isFresh }} aria-label={`Signal ${it().event} in ${it().channel}`}>
      <Zap size={14} class="signal-icon" />
      <details>
        <summary>
          <span class="signal-event">{it().event}</span>
          <span class="signal-channel">{it().channel}</span>
          <Show when={it().severity !== "info"}>
            <span class="row-severity" data-severity={it().severity}>
              {SEVERITY_LABELS[it().severity]}
            </span>
          </Show>
          <code>{summary()}</code>
        </summary>
        <Show when={it().title}>
          <p>{it().title}</p>
        </Show>
        <Show when={it().message}>
          <Message of={it()} />
        </Show>
        <Show when={it().data !== undefined}>
          <pre>{JSON.stringify(it().data, null, 2)}</pre>
        </Show>
      </details>
      <TimeAgo timestamp={it().timestamp} now={props.now} />
    </article>
  );
}
