import { For, Show } from "solid-js";
import { type DraftFields, recipientsOf } from "../state/draft_fields.ts";
import type { Form } from "../state/form.ts";
import { type User, userName } from "../state/users.ts";
import { Field } from "./field.tsx";

/** What the choice of recipients needs. */
export interface RecipientFieldProps {
  readonly form: Form<DraftFields, unknown>;
  /** Whom to choose from; empty: nobody is known here, and ids are typed. */
  readonly users: readonly User[];
}

/** Whom a notification is addressed to: ids, typed or chosen. */
export function RecipientField(props: RecipientFieldProps) {
  const add = (id: string) => {
    const ids = recipientsOf(props.form.values);
    if (id && !ids.includes(id)) props.form.set("to", [...ids, id].join(" "));
  };
  return (
    <Field
      label="To"
      hint="Users’ ids, with spaces between. Empty: everyone who may read the channel"
      isOptional
      error={props.form.error("to")}
    >
      {(control) => (
        <>
          <input
            {...control}
            type="text"
            name="to"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            value={props.form.values.to}
            onInput={(event) => props.form.set("to", event.currentTarget.value)}
          />
          <Show when={props.users.length > 0}>
            <select
              aria-label="Add a user"
              onChange={(event) => {
                add(event.currentTarget.value);
                event.currentTarget.value = "";
              }}
            >
              <option value="">Add a user…</option>
              <For each={props.users}>{(user) => <option value={user.id}>{userName(user)}</option>}</For>
            </select>
          </Show>
        </>
      )}
    </Field>
  );
}
