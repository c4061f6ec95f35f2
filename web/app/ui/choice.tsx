import { For } from "solid-js";

/** What a choice offers. */
export interface ChoiceProps {
  readonly legend: string;
  /** The legend is for screen readers alone, and there is nothing that could be wrong. */
  readonly isQuiet?: boolean;
  /** The form's name of it. */
  readonly name: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
}

/** One of a few. */
export function Choice(props: ChoiceProps) {
  return (
    <fieldset class="field">
      <legend classList={{ "visually-hidden": props.isQuiet ?? false }}>{props.legend}</legend>
      <div class="choices">
        <For each={props.options}>
          {({ value, label }) => (
            <label class="choice plain">
              <input
                type="radio"
                name={props.name}
                value={value}
                checked={value === props.value}
                onChange={() => props.onChange(value)}
              />
              {label}
            </label>
          )}
        </For>
      </div>
    </fieldset>
  );
}
