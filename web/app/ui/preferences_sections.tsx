import { Show } from "solid-js";
import { type Preferences, SEVERITIES } from "../../client/mod.ts";
import { useAlerts } from "../state/alerts.ts";
import type { BrowserPermission } from "../state/browser_notifications.ts";
import { createPreferencesForm, usePreferences } from "../state/preferences.ts";
import { ChannelRules } from "./channel_rules.tsx";
import { FormView } from "./form_view.tsx";
import { Loaded } from "./loaded.tsx";
import { QuietHoursFields } from "./quiet_hours_fields.tsx";
import { SavedNotice } from "./saved_notice.tsx";
import { Section } from "./section.tsx";
import { SelectField } from "./select_field.tsx";
import { andWorse } from "./severity.tsx";
import { SwitchField } from "./switch_field.tsx";

const LEVELS = SEVERITIES.map((severity, rank) => ({
  value: severity,
  label: rank === 0 ? "Everything" : andWorse(severity),
}));

const PERMISSIONS: Readonly<Record<BrowserPermission, string>> = {
  granted: "Shown while you do not look at this page.",
  default: "This browser has not been allowed yet.",
  denied: "Your browser refuses them for this address; allow them in its settings.",
  unsupported: "Your browser has none for pages like this.",
};

/** What the user wants to be shown, and how: in general, and of single channels. */
export function PreferencesSections() {
  const preferences = usePreferences();
  return (
    <>
      <Section
        title="Notifications"
        about="What comes to your screens at once. The history, its search and the counts stay complete."
      >
        <Loaded query={preferences} loading="Loading preferences…">
          {(all) => <PreferencesForm preferences={all()} />}
        </Loaded>
      </Section>
      <Section title="Single channels" about="What you want of them instead.">
        <Loaded query={preferences} loading="Loading preferences…">
          {(all) => <ChannelRules preferences={all()} />}
        </Loaded>
      </Section>
    </>
  );
}

function PreferencesForm(props: { readonly preferences: Preferences }) {
  const form = createPreferencesForm(props.preferences);
  const { chime, browser } = useAlerts();
  return (
    <div class="panel">
      <FormView form={form} submitLabel="Save preferences" sendingLabel="Saving…">
        <SelectField form={form} name="minSeverity" label="Show me" options={LEVELS} />
        <SwitchField form={form} name="quietHours" label="Quiet hours" />
        <Show when={form.values.quietHours}>
          <QuietHoursFields form={form} />
        </Show>
        <SwitchField form={form} name="sound" label="Sound" onTurned={(isOn) => isOn && chime.ring()} />
        <SwitchField
          form={form}
          name="browserNotifications"
          label="Notifications of the browser"
          hint={form.values.browserNotifications && PERMISSIONS[browser.permission()]}
          onTurned={(isOn) => isOn && void browser.ask()}
        />
        <Show when={form.values.browserNotifications && browser.permission() === "default"}>
          <div>
            <button type="button" class="button small" onClick={() => void browser.ask()}>
              Allow in this browser
            </button>
          </div>
        </Show>
      </FormView>
      <SavedNotice when={form.result()}>Your preferences are saved.</SavedNotice>
    </div>
  );
}
