import ExternalLink from "lucide-solid/icons/external-link";
import { For, Show } from "solid-js";
import type { Notification } from "../../client/mod.ts";

type Action = NonNullable<Notification["actions"]>[number];

/** Whether an action is a link. One with another method is for programs: the page sends no requests for a publisher. */
export function isLink({ method = "GET" }: Action): boolean {
  return method === "GET";
}

/** The link of a notification, and those actions that are links. */
export function NotificationLinks(props: { readonly notification: Notification }) {
  const links = () => {
    const { link, actions = [] } = props.notification;
    const own = link ? [{ label: new URL(link).host, url: link }] : [];
    return [...own, ...actions.filter(isLink)];
  };
  return (
    <Show when={links().length > 0}>
      <p class="row-links">
        <For each={links()}>
          {({ label, url }) => (
            <a class="button small" href={url} target="_blank" rel="noopener noreferrer">
              {label}
              <ExternalLink size={13} />
              <span class="visually-hidden"> (opens a new tab)</span>
            </a>
          )}
        </For>
      </p>
    </Show>
  );
}
