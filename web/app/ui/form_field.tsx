import type { JSX } from "solid-js";
import type { Form } from "../state/form.ts";
import { type ControlProps, Field } from "./field.tsx";

/** What every field of a form is. */
export interface FormFieldProps<Name extends string> {
  readonly form: Pick<Form<Record<Name, string>, unknown>, "values" | "set" | "error">;
  readonly name: Name;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly isOptional?: boolean;
}

/** A field of a form around its control: its label, its hint, and what the form says is wrong with it. */
export function FormField<Name extends string>(
  props: FormFieldProps<Name> & { readonly children: (control: ControlProps) => JSX.Element },
) {
  return (
    <Field
      label={props.label}
      hint={props.hint}
      isOptional={props.isOptional ?? false}
      error={props.form.error(props.name)}
    >
      {props.children}
    </Field>
  );
}
