import { For, type JSX, Show } from "solid-js";
import type { Notification } from "../../client/mod.ts";
import { type Status, useStatus } from "../state/acknowledgements.ts";
import { formatMinute } from "../state/clock.ts";
import { Loaded } from "./loaded.tsx";

/** Delivered to a live stream, read, acknowledged: three facts about a notification, for those who may know of others. */
export function StatusFacts(props: { readonly notification: Notification }) {
  const status = useStatus(() => props.notification, true);
  return (
    <Loaded query={status} loading="Asking who has read it…">
      {(it) => (
        <Show when={it().view === "everybody"}>
          <dl class="row-facts status-facts">
            <Show when={it().ack} fallback={<People name="Delivered live" count={null} of={[]} />}>
              <People name="Delivered live" count={it().counts.delivered} of={it().delivered} />
            </Show>
            <People name="Read" count={it().counts.read} of={it().read} />
            <Show when={it().ack}>
              <People name="Acknowledged" count={it().counts.acknowledged} of={it().acknowledged} />
              <People
                name="Still to acknowledge"
                count={it().counts.outstanding}
                of={it().outstanding.map((user) => ({ user }))}
              />
            </Show>
          </dl>
          <Escalation status={it()} />
        </Show>
      )}
    </Loaded>
  );
}

interface PeopleProps {
  readonly name: string;
  /** Null: not noted. */
  readonly count: number | null;
  readonly of: readonly { readonly user: string; readonly at?: string }[];
}

/** Longest list that is shown whole. */
const SHOWN = 10;

function People(props: PeopleProps) {
  const rest = () => Math.max(0, (props.count ?? 0) - SHOWN);
  return (
    <div class="fact">
      <dt>{props.count === null ? props.name : `${props.name} (${props.count})`}</dt>
      <Show when={props.count !== null} fallback={<Line>noted only for what asks for acknowledgement</Line>}>
        <For each={props.of.slice(0, SHOWN)} fallback={<Line>nobody</Line>}>
          {({ user, at }) => (
            <dd>
              {user}
              <Show when={at}>{(time) => <span class="quiet"> {formatMinute(Date.parse(time()))}</span>}</Show>
            </dd>
          )}
        </For>
        <Show when={rest() > 0}>
          <Line>and {rest()} more</Line>
        </Show>
      </Show>
    </div>
  );
}

function Line(props: { readonly children: JSX.Element }) {
  return <dd class="quiet">{props.children}</dd>;
}

function Escalation(props: { readonly status: Status }) {
  const text = () => {
    const { escalations, nextEscalation } = props.status;
    const sent = escalations > 0 ? `Sent again ${escalations} ${escalations === 1 ? "time" : "times"}. ` : "";
    return nextEscalation ? `${sent}Is sent again ${formatMinute(Date.parse(nextEscalation))}.` : sent;
  };
  return (
    <Show when={text()}>
      <p class="list-note">{text()}</p>
    </Show>
  );
}
