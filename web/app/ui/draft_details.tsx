import { type JSX, Show } from "solid-js";
import type { DraftFields } from "../state/draft_fields.ts";
import type { Form } from "../state/form.ts";
import type { User } from "../state/users.ts";
import { RecipientField } from "./recipient_field.tsx";
import { SelectField } from "./select_field.tsx";
import { TextField } from "./text_field.tsx";

/** What the folded part of the broadcast form needs. */
export interface DraftDetailsProps {
  readonly form: Form<DraftFields, unknown>;
  readonly users: readonly User[];
}

const ACKS = [
  { value: "", label: "Nobody" },
  { value: "anyone", label: "Anyone: one is enough" },
  { value: "everyone", label: "Everyone who gets it" },
];
const WAITS = [
  { value: "", label: "Not at all" },
  { value: "1m", label: "after 1 minute" },
  { value: "5m", label: "after 5 minutes" },
  { value: "15m", label: "after 15 minutes" },
  { value: "1h", label: "after 1 hour" },
  { value: "4h", label: "after 4 hours" },
  { value: "1d", label: "after 1 day" },
];

/** What few broadcasts need: recipients, times, acknowledgement. Folded away, and open where something is wrong. */
export function DraftDetails(props: DraftDetailsProps) {
  return (
    <>
      <Fold title="Recipients and replacing">
        <RecipientField form={props.form} users={props.users} />
        <TextField
          form={props.form}
          name="key"
          label="Key"
          hint="Replaces, on screens, the earlier notification of the channel with the same key: backup-status"
          type="code"
          isOptional
        />
      </Fold>
      <Fold title="When">
        <div class="field-pair">
          <TextField
            form={props.form}
            name="deliverAt"
            label="Deliver at"
            hint="In your time zone. Empty: at once"
            type="datetime-local"
            isOptional
          />
          <TextField
            form={props.form}
            name="expiresAt"
            label="Expires at"
            hint="It then leaves every screen and list"
            type="datetime-local"
            isOptional
          />
        </div>
      </Fold>
      <Fold title="Acknowledgement">
        <SelectField form={props.form} name="ack" label="Who has to acknowledge it" options={ACKS} />
        <Show when={props.form.values.ack}>
          <div class="field-pair">
            <SelectField form={props.form} name="escalateAfter" label="Send it again" options={WAITS} />
            <Show when={props.form.values.escalateAfter}>
              <TextField
                form={props.form}
                name="escalateTo"
                label="To the channels"
                hint="One after the other, with spaces between. Empty: the same one"
                type="code"
                isOptional
              />
            </Show>
          </div>
        </Show>
      </Fold>
    </>
  );
}

function Fold(props: { readonly title: string; readonly children: JSX.Element }) {
  return (
    <details class="fold">
      <summary>{props.title}</summary>
      <div class="form">{props.children}</div>
    </details>
  );
}
