import { createMemo } from "solid-js";
import type { Notification } from "../../client/mod.ts";
import { plainText } from "../state/markdown.ts";
import { SEVERITY_LABELS } from "./severity.tsx";

/** Says arrivals to those who cannot see them; a burst is only counted. */
export function InboxAnnouncement(props: { readonly arrivals: readonly Notification[] }) {
  const text = createMemo(() => {
    const messages = props.arrivals.filter(({ event }) => event === "notification");
    const [first] = messages;
    if (!first) return "";
    if (messages.length > 1) return `${messages.length} new notifications`;
    return `${SEVERITY_LABELS[first.severity]} in ${first.channel}: ${first.title ?? plainText(first)}`;
  });
  return (
    <p class="visually-hidden" role="status">
      {text()}
    </p>
  );
}
