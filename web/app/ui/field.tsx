import CircleAlert from "lucide-solid/icons/circle-alert";
import { createUniqueId, type JSX, Show } from "solid-js";

/** What ties a control to its label, hint and error. */
export interface ControlProps {
  readonly id: string;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string;
}

/** What stands around a control. */
export interface FieldProps {
  readonly label: string;
  readonly error?: string | undefined;
  readonly hint?: string | undefined;
  readonly isOptional?: boolean;
  /** Draws the control with what ties it to the rest. */
  readonly children: (control: ControlProps) => JSX.Element;
}

/** A control with its label, a hint and, beside it, what is wrong with its value. */
export function Field(props: FieldProps) {
  const id = createUniqueId();
  const control: ControlProps = {
    id,
    get "aria-invalid"() {
      return props.error !== undefined;
    },
    "aria-describedby": `${id}-error ${id}-hint`,
  };
  return (
    <div class="field">
      <label for={id}>
        {props.label}
        <Show when={props.isOptional}>
          <span class="optional"> optional</span>
        </Show>
      </label>
      {props.children(control)}
      <p id={`${id}-error`} class="field-error" aria-live="polite">
        <Show when={props.error}>
          <CircleAlert size={14} />
          {props.error}
        </Show>
      </p>
      <Show when={props.hint && !props.error}>
        <p id={`${id}-hint`} class="field-hint">
          {props.hint}
        </p>
      </Show>
    </div>
  );
}
