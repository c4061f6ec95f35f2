import { For, Show } from "solid-js";
import type { Notification } from "../../client/mod.ts";
import { useChannels } from "../state/channels.ts";
import { formatExact } from "../state/clock.ts";
import { useUser } from "../state/session.ts";
import { Fact } from "./fact.tsx";
import { isLink } from "./notification_links.tsx";
import { RemoveButton } from "./remove_button.tsx";
import { StatusFacts } from "./status_facts.tsx";

/** What is behind a notification, and what those may do with it who sent it or look after its channel. */
export function NotificationDetails(props: { readonly notification: Notification }) {
  const it = () => props.notification;
  const user = useUser();
  const channels = useChannels();
  const isInCharge = () =>
    it().sender === user().id || channels.data?.find(({ name }) => name === it().channel)?.may.manage === true;
  return (
    <>
      <dl class="row-facts">
        <Fact name="Published">{formatExact(Date.parse(it().timestamp))}</Fact>
        <Fact name="By">{it().sender}</Fact>
        <Fact name="Id">{it().id}</Fact>
        <Show when={it().type !== it().event}>
          <Fact name="Type">
            {it().type}
            <Show when={it().typeVersion}> version {it().typeVersion}</Show>
          </Fact>
        </Show>
        <Show when={it().to}>
          {(to) => (
            <Fact name="To">
              <For each={to()}>{(user) => <code class="tag">{user}</code>}</For>
            </Fact>
          )}
        </Show>
        <For each={it().actions?.filter((action) => !isLink(action))}>
          {({ label, method, url }) => (
            <Fact name={label}>
              {method} {url} <span class="quiet">(for other clients)</span>
            </Fact>
          )}
        </For>
        <Show when={it().key}>
          <Fact name="Key">{it().key}</Fact>
        </Show>
        <Show when={it().expiresAt}>{(at) => <Fact name="Expires">{formatExact(Date.parse(at()))}</Fact>}</Show>
      </dl>
      <Show when={it().data !== undefined}>
        <pre>{JSON.stringify(it().data, null, 2)}</pre>
      </Show>
      <Show when={isInCharge()}>
        <StatusFacts notification={it()} />
        <p class="row-deeds">
          <RemoveButton notification={it()} />
        </p>
      </Show>
    </>
  );
}
