import { A } from "@solidjs/router";
import CircleCheck from "lucide-solid/icons/circle-check";
import Send from "lucide-solid/icons/send";
import TriangleAlert from "lucide-solid/icons/triangle-alert";
import { Match, Show, Switch } from "solid-js";
import type { Answer } from "../../client/mod.ts";
import { formatMinute } from "../state/clock.ts";
import { type DraftFields, recipientsOf } from "../state/draft_fields.ts";
import type { Form } from "../state/form.ts";
import type { EventType } from "../state/types.ts";
import type { User } from "../state/users.ts";
import { DataField } from "./data_field.tsx";
import { DraftDetails } from "./draft_details.tsx";
import { FormView } from "./form_view.tsx";
import { SelectField } from "./select_field.tsx";
import { SeverityField } from "./severity_field.tsx";
import { TextField } from "./text_field.tsx";
import { TextareaField } from "./textarea_field.tsx";
import { TypeField } from "./type_field.tsx";

/** What the panel needs. */
export interface BroadcastPanelProps {
  readonly form: Form<DraftFields, Answer>;
  /** Names of the channels to choose from. */
  readonly channels: readonly string[];
  /** Whom it may be addressed to; empty: not known here. */
  readonly users: readonly User[];
  readonly types: readonly EventType[];
}

/** The form that broadcasts, and what became of the last one. */
export function BroadcastPanel(props: BroadcastPanelProps) {
  const isScheduled = () => props.form.values.deliverAt !== "";
  const type = () => props.types.find(({ name }) => name === props.form.values.type);
  return (
    <div class="panel">
      <FormView
        form={props.form}
        submitLabel={isScheduled() ? "Schedule" : "Broadcast"}
        sendingLabel="Sending…"
        icon={<Send size={16} />}
        note={sayRecipients(recipientsOf(props.form.values))}
      >
        <TypeField form={props.form} types={props.types} channels={props.channels} />
        <SelectField
          form={props.form}
          name="channel"
          label="Channel"
          options={props.channels.map((name) => ({ value: name, label: name }))}
        />
        <SeverityField form={props.form} />
        <TextField form={props.form} name="title" label="Title" placeholder={type()?.title ?? undefined} isOptional />
        <TextareaField
          form={props.form}
          name="message"
          label="Message"
          placeholder={type()?.message ?? undefined}
          isOptional={Boolean(type()?.message)}
        />
        <Show when={type()}>{(it) => <DataField form={props.form} schema={it().schema} />}</Show>
        <DraftDetails form={props.form} users={props.users} />
      </FormView>
      <div role="status">
        <Show when={props.form.result()}>{(answer) => <Outcome answer={answer()} />}</Show>
      </div>
    </div>
  );
}

/** As many recipients as are named beside the button. */
const NAMED = 3;

/** Whom it goes to when that is not everybody: the field may be folded away. */
function sayRecipients(to: readonly string[]): string {
  if (to.length === 0) return "";
  const rest = to.length - NAMED;
  return `Only to ${to.slice(0, NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/** What became of it, and who of its recipients is not known. */
function Outcome(props: { readonly answer: Answer }) {
  const scheduled = () => ("scheduledId" in props.answer ? props.answer : null);
  return (
    <>
      <p class="notice success">
        <CircleCheck size={18} />
        <Switch>
          <Match when={scheduled()}>
            {(it) => <span>It is scheduled for {formatMinute(Date.parse(it().deliverAt))} and listed below.</span>}
          </Match>
          <Match when={props.answer.id}>
            {(id) => (
              <span>
                Notification {id()} is stored and on its way to {props.answer.channel}.{" "}
                <A href="/">See it in the inbox</A>
              </span>
            )}
          </Match>
        </Switch>
      </p>
      <Show when={props.answer.unknown}>
        {(users) => (
          <p class="notice warning">
            <TriangleAlert size={18} />
            <span>The hub has not seen {users().join(", ")} yet. They get it if they come.</span>
          </p>
        )}
      </Show>
    </>
  );
}
