import { createUniqueId, For, type JSX } from "solid-js";
import { ACTIONS, type AuditFilter } from "../state/audit.ts";

/** What the filter bar offers. */
export interface AuditFilterBarProps {
  readonly filter: AuditFilter;
  readonly onChange: (change: Partial<AuditFilter>) => void;
}

/** Narrows the audit trail; a text holds once it is finished with Enter or left. */
export function AuditFilterBar(props: AuditFilterBarProps) {
  const input = (name: keyof AuditFilter, type: "text" | "datetime-local") => (id: string) => (
    <input
      id={id}
      type={type}
      autocomplete="off"
      spellcheck={false}
      value={props.filter[name]}
      onChange={(event) => props.onChange({ [name]: event.currentTarget.value })}
    />
  );
  return (
    <search class="audit-filters" aria-label="Filter the trail">
      <Labelled label="Who">{input("actor", "text")}</Labelled>
      <Labelled label="Action">
        {(id) => (
          <select id={id} onChange={(event) => props.onChange({ action: event.currentTarget.value })}>
            <option value="" selected={props.filter.action === ""}>
              Every action
            </option>
            <For each={ACTIONS}>
              {(action) => (
                <option value={action} selected={action === props.filter.action}>
                  {action}
                </option>
              )}
            </For>
          </select>
        )}
      </Labelled>
      <Labelled label="On what">{input("target", "text")}</Labelled>
      <Labelled label="From">{input("from", "datetime-local")}</Labelled>
      <Labelled label="Until">{input("until", "datetime-local")}</Labelled>
    </search>
  );
}

function Labelled(props: { readonly label: string; readonly children: (id: string) => JSX.Element }) {
  const id = createUniqueId();
  return (
    <div>
      <label for={id}>{props.label}</label>
      {props.children(id)}
    </div>
  );
}
