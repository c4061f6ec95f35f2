import { For } from "solid-js";
import { FormField, type FormFieldProps } from "./form_field.tsx";

/** What a choice from a list in a form is. */
export interface SelectFieldProps<Name extends string> extends FormFieldProps<Name> {
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** It was chosen, and stands in the form. */
  readonly onChosen?: (value: string) => void;
}

/** One of a list in a form, with its label, hint and error. */
export function SelectField<Name extends string>(props: SelectFieldProps<Name>) {
  return (
    <FormField {...props}>
      {(control) => (
        <select
          {...control}
          name={props.name}
          onChange={(event) => {
            props.form.set(props.name, event.currentTarget.value);
            props.onChosen?.(event.currentTarget.value);
          }}
        >
          <For each={props.options}>
            {({ value, label }) => (
              <option value={value} selected={value === props.form.values[props.name]}>
                {label}
              </option>
            )}
          </For>
        </select>
      )}
    </FormField>
  );
}
