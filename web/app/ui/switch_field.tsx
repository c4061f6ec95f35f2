import { type JSX, Show } from "solid-js";
import type { Form } from "../state/form.ts";

/** What something that is on or off in a form is. */
export interface SwitchFieldProps<Name extends string> {
  readonly form: Pick<Form<Record<Name, string>, unknown>, "values" | "set">;
  readonly name: Name;
  readonly label: string;
  readonly hint?: JSX.Element;
  /** It was turned on or off, and stands in the form. */
  readonly onTurned?: (isOn: boolean) => void;
}

/** Something that is on (`on` in the form) or off (empty). */
export function SwitchField<Name extends string>(props: SwitchFieldProps<Name>) {
  return (
    <div class="field">
      <label class="switch">
        <input
          type="checkbox"
          name={props.name}
          checked={props.form.values[props.name] !== ""}
          onChange={(event) => {
            const { checked } = event.currentTarget;
            props.form.set(props.name, checked ? "on" : "");
            props.onTurned?.(checked);
          }}
        />
        {props.label}
      </label>
      <Show when={props.hint}>
        <p class="field-hint" role="status">
          {props.hint}
        </p>
      </Show>
    </div>
  );
}
