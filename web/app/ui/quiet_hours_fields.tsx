import { For } from "solid-js";
import type { Form } from "../state/form.ts";
import { DAYS, listTimeZones, type PreferenceFields } from "../state/preferences.ts";
import { toggleWord } from "../state/tokens.ts";
import { SelectField } from "./select_field.tsx";
import { SwitchField } from "./switch_field.tsx";
import { TextField } from "./text_field.tsx";

const DAY_LABELS: Readonly<Record<(typeof DAYS)[number], string>> = {
  ...{ mon: "Monday", tue: "Tuesday", wed: "Wednesday", thu: "Thursday" },
  ...{ fri: "Friday", sat: "Saturday", sun: "Sunday" },
};

/** When it is to be quiet. */
export function QuietHoursFields(props: { readonly form: Form<PreferenceFields, unknown> }) {
  const days = () => props.form.values.days.split(" ");
  return (
    <>
      <div class="field-pair">
        <TextField form={props.form} name="from" label="From" type="time" />
        <TextField form={props.form} name="to" label="Until" type="time" hint="On the next day, where it is earlier" />
      </div>
      <SelectField
        form={props.form}
        name="timeZone"
        label="Time zone"
        options={listTimeZones(props.form.values.timeZone).map((zone) => ({
          value: zone,
          label: zone.replaceAll("_", " "),
        }))}
      />
      <fieldset class="field" aria-describedby="days-error">
        <legend>Beginning on</legend>
        <div class="choices">
          <For each={DAYS}>
            {(day) => (
              <label class="choice plain">
                <input
                  type="checkbox"
                  name={day}
                  checked={days().includes(day)}
                  aria-invalid={props.form.error("days") !== undefined}
                  onChange={() => props.form.set("days", toggleWord(props.form.values.days, day))}
                />
                {DAY_LABELS[day]}
              </label>
            )}
          </For>
        </div>
        <p id="days-error" class="field-error" aria-live="polite">
          {props.form.error("days")}
        </p>
      </fieldset>
      <SwitchField form={props.form} name="criticalPasses" label="Critical ones come all the same" />
    </>
  );
}
