import { FormField, type FormFieldProps } from "./form_field.tsx";

/** What a text of several lines in a form is. */
export interface TextareaFieldProps<Name extends string> extends FormFieldProps<Name> {
  readonly placeholder?: string | undefined;
  readonly rows?: number;
  /** JSON and the like, which nothing may correct. */
  readonly isCode?: boolean;
}

/** A text of several lines in a form, with its label, hint and error. */
export function TextareaField<Name extends string>(props: TextareaFieldProps<Name>) {
  return (
    <FormField {...props}>
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
    </FormField>
  );
}
