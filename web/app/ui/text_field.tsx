import type { JSX } from "solid-js";
import { FormField, type FormFieldProps } from "./form_field.tsx";

/** What a line of text in a form is. */
export interface TextFieldProps<Name extends string> extends FormFieldProps<Name> {
  /** Has the focus when it appears. */
  readonly isFirst?: boolean;
  /** `code`: names and patterns, which nothing may correct. */
  readonly type?: "text" | "code" | "email" | "password" | "datetime-local" | "number" | "time";
  readonly placeholder?: string | undefined;
  readonly autocomplete?: JSX.HTMLAutocomplete;
  /** Id of a datalist. */
  readonly list?: string;
}

/** A line of text in a form, with its label, hint and error. */
export function TextField<Name extends string>(props: TextFieldProps<Name>) {
  const isCode = () => props.type === "code";
  return (
    <FormField {...props}>
      {(control) => (
        <input
          {...control}
          type={isCode() ? "text" : (props.type ?? "text")}
          name={props.name}
          required={!props.isOptional}
          autofocus={props.isFirst ?? false}
          autocomplete={props.autocomplete ?? "off"}
          list={props.list}
          placeholder={props.placeholder}
          {...(isCode() && { autocapitalize: "none", spellcheck: false })}
          value={props.form.values[props.name]}
          onInput={(event) => props.form.set(props.name, event.currentTarget.value)}
        />
      )}
    </FormField>
  );
}
