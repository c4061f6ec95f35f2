import CircleCheck from "lucide-solid/icons/circle-check";
import { Show } from "solid-js";
import type { Notification } from "../../client/mod.ts";
import { describeAcknowledgement, useAcknowledge, useStatus } from "../state/acknowledgements.ts";
import { toProblem } from "../state/problem.ts";
import { useUser } from "../state/session.ts";

/** Asks for an acknowledgement, or says who gave it. */
export function Acknowledgement(props: { readonly notification: Notification }) {
  const user = useUser();
  const status = useStatus(() => props.notification);
  const acknowledge = useAcknowledge();
  const problem = () => acknowledge.error ?? status.error;
  const view = () => status.data && describeAcknowledgement(status.data, user().id);
  const send = () => !acknowledge.isPending && acknowledge.mutate(props.notification);
  return (
    <div class="acknowledgement">
      <Show when={view()}>
        {(it) => (
          <>
            <Show
              when={it().isOpen}
              fallback={
                <span class="acknowledged">
                  <CircleCheck size={16} />
                </span>
              }
            >
              <button type="button" class="button small" aria-disabled={acknowledge.isPending} onClick={send}>
                <CircleCheck size={16} />
                Acknowledge
              </button>
            </Show>
            <span role="status">{it().text}</span>
          </>
        )}
      </Show>
      <Show when={problem()}>
        {(error) => (
          <span class="field-error" role="alert">
            {toProblem(error()).message}
          </span>
        )}
      </Show>
    </div>
  );
}
