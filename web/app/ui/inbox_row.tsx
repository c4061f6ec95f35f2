import { Match, Show, Switch } from "solid-js";
import { type Entry, isMessage } from "../state/entries.ts";
import { useInbox } from "../state/inbox.ts";
import { Acknowledgement } from "./acknowledgement.tsx";
import { GapRow } from "./gap_row.tsx";
import { NotificationDetails } from "./notification_details.tsx";
import { NotificationRow } from "./notification_row.tsx";
import { SignalRow } from "./signal_row.tsx";

/** One line of the inbox, whatever it is. */
export function InboxRow(props: { readonly entry: Entry; readonly now: number }) {
  const inbox = useInbox();
  return (
    <Switch>
      <Match when={!isMessage(props.entry) && props.entry}>{(gap) => <GapRow gap={gap()} />}</Match>
      <Match when={isMessage(props.entry) && props.entry}>
        {(it) => (
          <Show
            when={it().event === "notification"}
            fallback={<SignalRow notification={it()} now={props.now} isFresh={inbox.isFresh(it())} />}
          >
            <NotificationRow
              notification={it()}
              now={props.now}
              isFresh={inbox.isFresh(it())}
              isRead={inbox.isRead(it())}
              onMark={(read) => inbox.mark(it(), read)}
              acknowledgement={
                <Show when={it().ack}>
                  <Acknowledgement notification={it()} />
                </Show>
              }
              details={() => <NotificationDetails notification={it()} />}
            />
          </Show>
        )}
      </Match>
    </Switch>
  );
}
