import { Show } from "solid-js";
import { createInvite } from "../state/users.ts";
import { Choice } from "./choice.tsx";
import { FormView } from "./form_view.tsx";
import { LinkBox } from "./link_box.tsx";
import { TextField } from "./text_field.tsx";

/** Invites a user, then shows the one-time link to hand over. */
export function InviteForm(props: { readonly onDone: () => void }) {
  const form = createInvite();
  return (
    <Show
      when={form.result()}
      fallback={
        <FormView form={form} submitLabel="Make invitation" sendingLabel="Inviting…">
          <TextField form={form} name="email" label="E-mail" type="email" isFirst />
          <TextField form={form} name="name" label="Name" isOptional />
          <TextField
            form={form}
            name="id"
            label="User id"
            hint="How your application addresses them; without one, the e-mail"
            type="code"
            isOptional
          />
          <Choice
            legend="Role"
            name="role"
            value={form.values.role}
            options={[
              { value: "member", label: "Member" },
              { value: "admin", label: "Admin" },
            ]}
            onChange={(role) => form.set("role", role)}
          />
        </FormView>
      }
    >
      {(invited) => (
        <div class="form">
          <LinkBox link={invited()} label={`Invitation of ${invited().user.email ?? invited().user.id}`} />
          <div class="form-end">
            <button type="button" class="button primary" onClick={() => props.onDone()}>
              Done
            </button>
          </div>
        </div>
      )}
    </Show>
  );
}
