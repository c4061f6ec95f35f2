import { createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import { ACTIONS, type AuditFilter } from "../state/audit.ts";

/** What the filter bar offers. */
export interface AuditFilterBarProps {
  readonly filter: AuditFilter;
  /** Who may stand in the trail, to choose from. */
  readonly actors: readonly string[];
  readonly onChange: (change: Partial<AuditFilter>) => void;
}

/** Narrows the audit trail; a text holds once it is finished with Enter or left. */
export function AuditFilterBar(props: AuditFilterBarProps) {
  const time = (name: "from" | "until") => (id: string) => (
    <input
      id={id}
      type="datetime-local"
      value={props.filter[name]}
      onChange={(event) => props.onChange({ [name]: event.currentTarget.value })}
    />
  );
  const text = (name: "actor" | "target", example: string) => (id: string) => (
    <NameInput
      id={id}
      value={props.filter[name]}
      example={example}
      onChange={(value) => props.onChange({ [name]: value })}
    />
  );
  return (
    <search class="audit-filters" aria-label="Filter the trail">
      <datalist id="actors">
        <For each={props.actors}>{(actor) => <option value={actor} />}</For>
      </datalist>
      <Labelled label="Who">{text("actor", "a user’s id, token:shop, cli")}</Labelled>
      <Labelled label="Action">
        {(id) => (
          <select
            id={id}
            onChange={(event) => props.onChange({ action: event.currentTarget.value as AuditFilter["action"] })}
          >
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
      <Labelled label="On what">{text("target", "a user’s id, a channel")}</Labelled>
      <Labelled label="From">{time("from")}</Labelled>
      <Labelled label="Until">{time("until")}</Labelled>
    </search>
  );
}

interface NameInputProps {
  readonly id: string;
  readonly value: string;
  readonly example: string;
  readonly onChange: (value: string) => void;
}

/** A whole name, which is looked for once it is finished; until then it says what finishes it. */
function NameInput(props: NameInputProps) {
  const [draft, setDraft] = createSignal<string>();
  const isOpen = () => draft() !== undefined && draft() !== props.value;
  return (
    <>
      <input
        id={props.id}
        type="text"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        list="actors"
        placeholder={props.example}
        aria-describedby={`${props.id}-hint`}
        value={props.value}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onChange={(event) => {
          setDraft(undefined);
          props.onChange(event.currentTarget.value);
        }}
      />
      <p id={`${props.id}-hint`} class="field-hint" aria-live="polite">
        <Show when={isOpen()}>Press Enter to filter by the whole name</Show>
      </p>
    </>
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
