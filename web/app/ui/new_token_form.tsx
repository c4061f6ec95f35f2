import { For, Show } from "solid-js";
import { createClock } from "../state/clock.ts";
import { createTokenForm, LIVES, SCOPES, type Scope, toggleWord } from "../state/tokens.ts";
import { Field } from "./field.tsx";
import { FormView } from "./form_view.tsx";
import { SecretBox } from "./secret_box.tsx";
import { TextField } from "./text_field.tsx";

const SCOPE_LABELS: Readonly<Record<Scope, string>> = { read: "Read", publish: "Publish", admin: "Everything I may" };
const LIFE_LABELS: Readonly<Record<(typeof LIVES)[number], string>> = {
  "": "Never",
  "7": "In 7 days",
  "30": "In 30 days",
  "90": "In 90 days",
  "365": "In a year",
};

/** Makes a token, then shows its secret this once. */
export function NewTokenForm(props: { readonly isAdmin: boolean; readonly onDone: () => void }) {
  const form = createTokenForm(createClock());
  const scopes = () => SCOPES.filter((scope) => scope !== "admin" || props.isAdmin);
  return (
    <Show
      when={form.result()}
      fallback={
        <FormView form={form} submitLabel="Create token" sendingLabel="Creating…">
          <TextField form={form} name="name" label="Name" hint="The program that will use it" isFirst />
          <fieldset class="field" aria-describedby="scopes-error">
            <legend>May</legend>
            <div class="choices">
              <For each={scopes()}>
                {(scope) => (
                  <label class="choice plain">
                    <input
                      type="checkbox"
                      name={scope}
                      checked={form.values.scopes.split(" ").includes(scope)}
                      aria-invalid={form.error("scopes") !== undefined}
                      onChange={() => form.set("scopes", toggleWord(form.values.scopes, scope))}
                    />
                    {SCOPE_LABELS[scope]}
                  </label>
                )}
              </For>
            </div>
            <p id="scopes-error" class="field-error" aria-live="polite">
              {form.error("scopes")}
            </p>
          </fieldset>
          <TextField
            form={form}
            name="patterns"
            label="On the channels"
            hint="orders, orders.* for all that begin with it, or * for all; separated by spaces"
            type="code"
          />
          <Field label="Expires" error={form.error("life")}>
            {(control) => (
              <select {...control} name="life" onChange={(event) => form.set("life", event.currentTarget.value)}>
                <For each={LIVES}>
                  {(life) => (
                    <option value={life} selected={life === form.values.life}>
                      {LIFE_LABELS[life]}
                    </option>
                  )}
                </For>
              </select>
            )}
          </Field>
        </FormView>
      }
    >
      {(token) => (
        <div class="form">
          <SecretBox label={`Token “${token().name}”`} value={token().secret}>
            This is the only time that it is shown. Store it now where your program finds it; if it is lost, make a new
            one.
          </SecretBox>
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
