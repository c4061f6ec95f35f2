import BellOff from "lucide-solid/icons/bell-off";
import { For, Show } from "solid-js";
import type { Preferences } from "../../client/mod.ts";
import { useChannels } from "../state/channels.ts";
import { formatMinute } from "../state/clock.ts";
import {
  CHANNEL_RULES,
  type ChannelRule,
  createRuleForm,
  listChannelRules,
  useSetPreferences,
} from "../state/preferences.ts";
import { toProblem } from "../state/problem.ts";
import { FormView } from "./form_view.tsx";
import { ErrorNotice } from "./notice.tsx";
import { SelectField } from "./select_field.tsx";
import { SEVERITY_LABELS } from "./severity.tsx";

/** What the user wants of single channels: each can be taken back, another added. */
export function ChannelRules(props: { readonly preferences: Preferences }) {
  const set = useSetPreferences();
  const channels = useChannels();
  const form = createRuleForm();
  const names = () => channels.data?.filter(({ may }) => may.read).map(({ name }) => name) ?? [];
  return (
    <div class="panel grants">
      <Show when={set.error}>{(error) => <ErrorNotice>{toProblem(error()).message}</ErrorNotice>}</Show>
      <ul class="grantees" aria-label="What is wanted of single channels">
        <For each={listChannelRules(props.preferences)}>
          {(rule) => (
            <li>
              <span>
                {rule.channel} <span class="quiet">{describe(rule)}</span>
              </span>
              <button type="button" class="button small" onClick={() => set.mutate(rule.takeBack)}>
                {rule.muted === undefined ? "Remove" : "Unmute"}
                <span class="visually-hidden"> {rule.channel}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
      <FormView form={form} submitLabel="Add" sendingLabel="Adding…" icon={<BellOff size={16} />} isInline>
        <SelectField
          form={form}
          name="channel"
          label="Channel"
          options={[{ value: "", label: "Choose…" }, ...names().map((name) => ({ value: name, label: name }))]}
        />
        <SelectField form={form} name="rule" label="What to show" options={CHANNEL_RULES} />
      </FormView>
    </div>
  );
}

function describe({ muted, minSeverity }: ChannelRule): string {
  if (muted === true) return "muted for good";
  if (muted !== undefined) return `muted until ${formatMinute(Date.parse(muted))}`;
  return minSeverity ? `from ${SEVERITY_LABELS[minSeverity].toLowerCase()} on` : "";
}
