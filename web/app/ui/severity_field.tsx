import { For, Show } from "solid-js";
import { SEVERITIES } from "../../client/mod.ts";
import type { Form } from "../state/form.ts";
import { SEVERITY_LABELS, SeverityIcon } from "./severity.tsx";

/** What the choice of a severity needs. */
export interface SeverityFieldProps {
  readonly form: Pick<Form<{ severity: string }, unknown>, "values" | "set" | "error">;
}

/** The severity in a form: one of five. */
export function SeverityField(props: SeverityFieldProps) {
  return (
    <fieldset class="field">
      <legend>Severity</legend>
      <div class="choices">
        <For each={SEVERITIES}>
          {(severity) => (
            <label class="choice" data-severity={severity}>
              <input
                type="radio"
                name="severity"
                value={severity}
                checked={props.form.values.severity === severity}
                onChange={() => props.form.set("severity", severity)}
              />
              <SeverityIcon severity={severity} size={16} />
              {SEVERITY_LABELS[severity]}
            </label>
          )}
        </For>
      </div>
      <Show when={props.form.error("severity")}>
        <p class="field-error">{props.form.error("severity")}</p>
      </Show>
    </fieldset>
  );
}
