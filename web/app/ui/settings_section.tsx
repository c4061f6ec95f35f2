import { Show } from "solid-js";
import { createSettings, describeRetention } from "../state/channel_settings.ts";
import type { Channel } from "../state/channels.ts";
import { Choice } from "./choice.tsx";
import { FormView } from "./form_view.tsx";
import { SavedNotice } from "./saved_notice.tsx";
import { Section } from "./section.tsx";
import { TextField } from "./text_field.tsx";

const KEEPS = [
  { value: "limited", label: "For a while" },
  { value: "forever", label: "Forever" },
];

/** What a channel is for, and how much of it is kept. */
export function SettingsSection(props: { readonly channel: Channel }) {
  const form = createSettings(props.channel);
  return (
    <Section title="Settings" about={`Kept: ${describeRetention(props.channel.retention)}.`}>
      <div class="panel">
        <FormView form={form} submitLabel="Save settings" sendingLabel="Saving…">
          <TextField form={form} name="description" label="Description" isOptional />
          <Choice
            legend="Keep notifications"
            name="keep"
            value={form.values.keep}
            options={KEEPS}
            onChange={(keep) => form.set("keep", keep)}
          />
          <Show when={form.values.keep === "limited"}>
            <div class="field-pair">
              <TextField form={form} name="days" label="Days" hint="Older ones are deleted" type="number" isOptional />
              <TextField
                form={form}
                name="count"
                label="At most"
                hint="The newest so many; whichever is less"
                type="number"
                isOptional
              />
            </div>
          </Show>
        </FormView>
        <SavedNotice when={form.result()}>Saved. What is too much is deleted soon.</SavedNotice>
      </div>
    </Section>
  );
}
