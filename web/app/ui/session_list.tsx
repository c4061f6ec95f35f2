import Monitor from "lucide-solid/icons/monitor";
import { For, Show } from "solid-js";
import { createClock } from "../state/clock.ts";
import { toProblem } from "../state/problem.ts";
import { type Session, useEndSession, useSessions } from "../state/sessions.ts";
import { describeAgent } from "../state/user_agent.ts";
import { Loaded } from "./loaded.tsx";
import { ErrorNotice } from "./notice.tsx";
import { TimeAgo } from "./time_ago.tsx";

/** The user's sessions, each with a button that ends it; this one ends by signing out. */
export function SessionList() {
  const sessions = useSessions();
  const end = useEndSession();
  const now = createClock();
  return (
    <Loaded query={sessions} loading="Loading sessions…">
      {(list) => (
        <>
          <Show when={end.error}>{(error) => <ErrorNotice>{toProblem(error()).message}</ErrorNotice>}</Show>
          <ul class="list" aria-label="Sessions">
            <For each={list()}>
              {(session) => <SessionItem session={session} now={now()} onEnd={() => end.mutate(session.id)} />}
            </For>
          </ul>
        </>
      )}
    </Loaded>
  );
}

function SessionItem(props: { readonly session: Session; readonly now: number; readonly onEnd: () => void }) {
  const it = () => props.session;
  const agent = () => describeAgent(it().userAgent);
  return (
    <li class="item">
      <Monitor size={16} class="item-icon" />
      <div class="item-body">
        <h3 title={it().userAgent}>{agent()}</h3>
        <p class="item-meta">
          <Show when={it().isCurrent}>
            <span class="label good">This one</span>
          </Show>
          <span>from {it().address || "an unknown address"}</span>
          <span>
            used <TimeAgo timestamp={it().lastUsedAt} now={props.now} />
          </span>
        </p>
      </div>
      <Show when={!it().isCurrent}>
        <button type="button" class="button small" onClick={() => props.onEnd()}>
          End<span class="visually-hidden"> the session of {agent()}</span>
        </button>
      </Show>
    </li>
  );
}
