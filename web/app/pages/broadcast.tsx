/** web/app/pages/ owns THE PAGES, one file for each path; they put state and parts together. This one broadcasts. */
import { A } from "@solidjs/router";
import CircleCheck from "lucide-solid/icons/circle-check";
import Send from "lucide-solid/icons/send";
import { For, Show } from "solid-js";
import { SEVERITIES } from "../../client/mod.ts";
import { createBroadcast } from "../state/broadcast.ts";
import { useChannels } from "../state/channels.ts";
import { toProblem } from "../state/problem.ts";
import { Field } from "../ui/field.tsx";
import { FormView } from "../ui/form_view.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { SEVERITY_LABELS, SeverityIcon } from "../ui/severity.tsx";

/** Sends a notification to everyone who may read a channel. */
export function BroadcastPage() {
  const form = createBroadcast();
  const channels = useChannels();
  return (
    <Page title="Broadcast" about="Everyone who reads the channel sees it at once.">
      <Show when={channels.error}>
        {(error) => <ErrorNotice onRetry={() => void channels.refetch()}>{toProblem(error()).message}</ErrorNotice>}
      </Show>
      <div class="panel">
        <FormView form={form} submitLabel="Broadcast" sendingLabel="Sending…" icon={<Send size={16} />}>
          <Field label="Channel" error={form.error("channel")}>
            {(control) => (
              <select {...control} name="channel" onChange={(event) => form.set("channel", event.currentTarget.value)}>
                <For each={channels.data ?? [{ name: form.values.channel }]}>
                  {({ name }) => (
                    <option value={name} selected={name === form.values.channel}>
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
                      checked={form.values.severity === severity}
                      onChange={() => form.set("severity", severity)}
                    />
                    <SeverityIcon severity={severity} size={16} />
                    {SEVERITY_LABELS[severity]}
                  </label>
                )}
              </For>
            </div>
            <Show when={form.error("severity")}>
              <p class="field-error">{form.error("severity")}</p>
            </Show>
          </fieldset>
          <Field label="Title" isOptional error={form.error("title")}>
            {(control) => (
              <input
                {...control}
                type="text"
                name="title"
                autocomplete="off"
                value={form.values.title}
                onInput={(event) => form.set("title", event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Message" error={form.error("message")}>
            {(control) => (
              <textarea
                {...control}
                name="message"
                rows={5}
                required
                value={form.values.message}
                onInput={(event) => form.set("message", event.currentTarget.value)}
              />
            )}
          </Field>
        </FormView>
        <div role="status">
          <Show when={form.result()}>
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
    </Page>
  );
}
