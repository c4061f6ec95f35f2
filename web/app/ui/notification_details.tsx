import { For, Show } from "solid-js";
import type { Notification } from "../../client/mod.ts";
import { formatExact } from "../state/clock.ts";
import { Fact } from "./fact.tsx";

/** What is behind a notification. */
export function NotificationDetails(props: { readonly notification: Notification }) {
  const it = () => props.notification;
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
        <Show when={it().key}>
          <Fact name="Key">{it().key}</Fact>
        </Show>
        <Show when={it().expiresAt}>{(at) => <Fact name="Expires">{formatExact(Date.parse(at()))}</Fact>}</Show>
      </dl>
      <Show when={it().data !== undefined}>
        <pre>{JSON.stringify(it().data, null, 2)}</pre>
      </Show>
    </>
  );
}
