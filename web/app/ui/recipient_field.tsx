import { For, Show } from "solid-js";
import type { DraftFields } from "../state/draft_fields.ts";
import type { Form } from "../state/form.ts";
import { type User, userName } from "../state/users.ts";
import { TextField } from "./text_field.tsx";

/** What the choice of recipients needs. */
export interface RecipientFieldProps {
  readonly form: Form<DraftFields, unknown>;
  /** Whom to choose from; empty: nobody is known here, and ids are typed. */
  readonly users: readonly User[];
}

/** Whom a notification is addressed to: ids, typed or chosen. */
export function RecipientField(props: RecipientFieldProps) {
  const add = (id: string) => {
    const ids = props.form.values.to.split(/[\s,]+/).filter(Boolean);
    if (id && !ids.includes(id)) props.form.set("to", [...ids, id].join(" "));
  };
  return (
    <>
      <TextField
        form={props.form}
        name="to"
        label="To"
        hint="Users’ ids, with spaces between. Empty: everyone who may read the channel"
        type="code"
        isOptional
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
  );
}
