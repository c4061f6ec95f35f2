import Shapes from "lucide-solid/icons/shapes";
import { Show } from "solid-js";
import type { EventType } from "../state/types.ts";
import { SEVERITY_LABELS } from "./severity.tsx";

/** One type of the catalogue. */
export function TypeItem(props: { readonly type: EventType; readonly onOpen: () => void }) {
  const it = () => props.type;
  const fields = () => Object.keys((it().schema?.["properties"] as object | undefined) ?? {});
  return (
    <li class="item">
      <Shapes size={16} class="item-icon" />
      <div class="item-body">
        <h2>
          {it().name} <span class="optional">version {it().version}</span>
        </h2>
        <Show when={it().description}>
          <p>{it().description}</p>
        </Show>
        <p class="item-meta">
          <Show when={it().severity}>
            {(severity) => (
              <span class="row-severity" data-severity={severity()}>
                {SEVERITY_LABELS[severity()]}
              </span>
            )}
          </Show>
          <Show when={it().channel}>
            <span>to {it().channel}</span>
          </Show>
          <span>{it().schema ? `data: ${fields().join(", ") || "described"}` : "any data"}</span>
        </p>
      </div>
      <button type="button" class="button small" onClick={() => props.onOpen()}>
        Change<span class="visually-hidden"> {it().name}</span>
      </button>
    </li>
  );
}
