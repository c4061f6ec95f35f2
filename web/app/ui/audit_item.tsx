import { For, Show } from "solid-js";
import { type AuditEntry, describeChanges } from "../state/audit.ts";
import { TimeAgo } from "./time_ago.tsx";

/** One line of the audit trail: who did what to what, and field by field what that changed. */
export function AuditItem(props: { readonly entry: AuditEntry; readonly now: number }) {
  const it = () => props.entry;
  const changes = () => describeChanges(it());
  return (
    <li class="audit">
      <p class="audit-head">
        <code class="audit-action">{it().action}</code>
        <span class="audit-target">{it().target}</span>
        <TimeAgo timestamp={it().at} now={props.now} />
      </p>
      <p class="item-meta">
        <span>by {it().actor}</span>
        <Show when={it().address}>
          <span>from {it().address}</span>
        </Show>
      </p>
      <Show when={changes().length > 0}>
        <dl class="changes">
          <For each={changes()}>
            {({ name, before, after }) => (
              <div>
                <dt>{name}</dt>
                <dd>
                  <Show when={before !== undefined}>
                    <del>
                      <span class="visually-hidden">before: </span>
                      {before}
                    </del>
                  </Show>
                  <Show when={before !== undefined && after !== undefined}>
                    <span aria-hidden="true"> → </span>
                  </Show>
                  <Show when={after !== undefined}>
                    <span class="visually-hidden">{before === undefined ? "" : "after: "}</span>
                    {after}
                  </Show>
                </dd>
              </div>
            )}
          </For>
        </dl>
      </Show>
    </li>
  );
}
