import CalendarClock from "lucide-solid/icons/calendar-clock";
import { Show } from "solid-js";
import type { Scheduled } from "../../client/mod.ts";
import { formatExact, formatMinute } from "../state/clock.ts";
import { plainText } from "../state/markdown.ts";
import { SEVERITY_LABELS } from "./severity.tsx";

/** What a scheduled notification's line shows. */
export interface ScheduledItemProps {
  readonly item: Scheduled;
  readonly onChange: () => void;
  readonly onCancel: () => void;
}

/** One notification that waits for its time. */
export function ScheduledItem(props: ScheduledItemProps) {
  const it = () => props.item;
  const name = () => it().title ?? (plainText(it()) || it().event);
  const at = () => Date.parse(it().deliverAt);
  return (
    <li class="item">
      <CalendarClock size={16} class="item-icon" />
      <div class="item-body">
        <h3>{name()}</h3>
        <p class="item-meta">
          <time datetime={it().deliverAt} title={formatExact(at())}>
            {formatMinute(at())}
          </time>
          <span class="row-severity" data-severity={it().severity}>
            {SEVERITY_LABELS[it().severity]}
          </span>
          <span>{it().channel}</span>
          <Show when={it().to}>{(to) => <span>to {to().join(", ")}</span>}</Show>
          <span>by {it().sender}</span>
        </p>
      </div>
      <p class="item-buttons">
        <button type="button" class="button small" onClick={() => props.onChange()}>
          Change<span class="visually-hidden"> {name()}</span>
        </button>
        <button type="button" class="button small" onClick={() => props.onCancel()}>
          Cancel<span class="visually-hidden"> {name()}</span>
        </button>
      </p>
    </li>
  );
}
