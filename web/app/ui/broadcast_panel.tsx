import { A } from "@solidjs/router";
import CircleCheck from "lucide-solid/icons/circle-check";
import Send from "lucide-solid/icons/send";
import { For, Show } from "solid-js";
import { type Notification, SEVERITIES } from "../../client/mod.ts";
import type { BroadcastFields } from "../state/broadcast.ts";
import type { Form } from "../state/form.ts";
import { Field } from "./field.tsx";
import { FormView } from "./form_view.tsx";
import { SEVERITY_LABELS, SeverityIcon } from "./severity.tsx";

/** What the panel needs. */
export interface BroadcastPanelProps {
  readonly form: Form<BroadcastFields, Notification>;
  /** Names of the channels to choose from. */
  readonly channels: readonly string[];
}

/** The form that broadcasts, and what became of the last one. */
export function BroadcastPanel(props: BroadcastPanelProps) {
  return (
    <div class="panel">
      <FormView form={props.form} submitLabel="Broadcast" sendingLabel="Sending…" icon={<Send size={16} />}>
        <Field label="Channel" error={props.form.error("channel")}>
          {(control) => (
            <select
              {...control}
              name="channel"
              onChange={(event) => props.form.set("channel", event.currentTarget.value)}
            >
              <For each={props.channels}>
                {(name) => (
                  <option value={name} selected={name === props.form.values.channel}>
                    {name}
                  </option>
                )}
              </For>
            </select>
          )}
        </Field>
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
        <Field label="Title" isOptional error={props.form.error("title")}>
          {(control) => (
            <input
              {...control}
              type="text"
              name="title"
              autocomplete="off"
              value={props.form.values.title}
              onInput={(event) => props.form.set("title", event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Message" error={props.form.error("message")}>
          {(control) => (
            <textarea
              {...control}
              name="message"
              rows={5}
              required
              value={props.form.values.message}
              onInput={(event) => props.form.set("message", event.currentTarget.value)}
            />
          )}
        </Field>
      </FormView>
      <div role="status">
        <Show when={props.form.result()}>
          {(notification) => (
            <p class="notice success">
              <CircleCheck size={18} />
              <span>
                Notification {notification().id} is stored and on its way to {notification().channel}.{" "}
                <A href="/">See it in the inbox</A>
              </span>
            </p>
          )}
        </Show>
      </div>
    </div>
  );
}
