/**
 * web/app/state/ owns WHAT THE PAGE KNOWS: sessions, the inbox, forms, every call to the hub and every timer. It imports
 * no view. This file holds the form that broadcasts.
 */
import { createEffect } from "solid-js";
import { type Notification, SEVERITIES, type Severity } from "../../client/mod.ts";
import { createForm, type Form } from "./form.ts";
import { useHub } from "./hub.ts";

/** Longest title, in characters; the hub has the last word. */
const MAX_TITLE = 250;

/** What the broadcast form holds. */
export interface BroadcastFields extends Record<string, string> {
  channel: string;
  severity: string;
  title: string;
  message: string;
}

/** Says what is wrong with each field before anything is sent. */
export function checkBroadcast({ channel, title, message }: BroadcastFields): Partial<BroadcastFields> {
  return {
    ...(!channel && { channel: "Choose a channel" }),
    ...(title.length > MAX_TITLE && { title: `Must have at most ${MAX_TITLE} characters, has ${title.length}` }),
    ...(!message.trim() && { message: "Write a message" }),
  };
}

/** Creates the form that publishes one notification to one of the channels; afterwards title and message are empty again. */
export function createBroadcast(channels: () => readonly string[]): Form<BroadcastFields, Notification> {
  const hub = useHub();
  const form = createForm<BroadcastFields, Notification>({
    initial: { channel: "general", severity: "info", title: "", message: "" },
    check: checkBroadcast,
    submit: async ({ channel, severity, title, message }) => {
      const notification = await hub.publish({
        channel,
        severity: toSeverity(severity),
        message,
        ...(title.trim() && { title: title.trim() }),
      });
      form.set("title", "");
      form.set("message", "");
      return notification;
    },
  });
  createEffect(() => {
    const names = channels();
    const [first] = names;
    if (first !== undefined && !names.includes(form.values.channel)) form.set("channel", first);
  });
  return form;
}

function toSeverity(text: string): Severity {
  return SEVERITIES.find((severity) => severity === text) ?? "info";
}
