import type { Form } from "../state/form.ts";
import { Field } from "./field.tsx";

/** What a text of several lines in a form is. */
export interface TextareaFieldProps<Name extends string> {
  readonly form: Pick<Form<Record<Name, string>, unknown>, "values" | "set" | "error">;
  readonly name: Name;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly placeholder?: string | undefined;
  readonly isOptional?: boolean;
  readonly rows?: number;
  /** JSON and the like, which nothing may correct. */
  readonly isCode?: boolean;
}

/** A text of several lines in a form, with its label, hint and error. */
export function TextareaField<Name extends string>(props: TextareaFieldProps<Name>) {
  return (
    <Field
      label={props.label}
      hint={props.hint}
      isOptional={props.isOptional ?? false}
      error={props.form.error(props.name)}
    >
      {(control) => (
        <textarea
          {...control}
          name={props.name}
          rows={props.rows ?? 5}
          classList={{ code: props.isCode ?? false }}
          placeholder={props.placeholder}
          required={!props.isOptional}
          spellcheck={!props.isCode}
          value={props.form.values[props.name]}
          onInput={(event) => props.form.set(props.name, event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
