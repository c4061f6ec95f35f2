import { A } from "@solidjs/router";
import BellRing from "lucide-solid/icons/bell-ring";
import SearchX from "lucide-solid/icons/search-x";
import { createMemo, For, Match, Show, Switch } from "solid-js";
import { useChannels } from "../state/channels.ts";
import { createClock } from "../state/clock.ts";
import { type Entry, EVERYTHING, isMessage } from "../state/entries.ts";
import { useInbox } from "../state/inbox.ts";
import { GapRow } from "../ui/gap_row.tsx";
import { InboxFilterBar } from "../ui/inbox_filter_bar.tsx";
import { EmptyNotice, ErrorNotice, LoadingNotice } from "../ui/notice.tsx";
import { NotificationRow } from "../ui/notification_row.tsx";
import { Page } from "../ui/page.tsx";
import { SEVERITY_LABELS } from "../ui/severity.tsx";
import { SignalRow } from "../ui/signal_row.tsx";

/** Shows the newest notifications as they arrive, and older ones on request. */
export function InboxPage() {
  const inbox = useInbox();
  const channels = useChannels();
  const now = createClock();
  const isFiltered = () => {
    const { channel, minSeverity, text } = inbox.filter();
    return channel !== "" || minSeverity !== EVERYTHING.minSeverity || text.trim() !== "";
  };
  const isEmpty = () => inbox.entries().length === 0;
  return (
    <Page title="Inbox">
      <Announcement />
      <InboxFilterBar
        filter={inbox.filter()}
        channels={channels.data?.filter(({ may }) => may.read).map(({ name }) => name) ?? []}
        onChange={inbox.setFilter}
      />
      <ol class="list" aria-label="Notifications, the newest first" aria-busy={inbox.isLoading()}>
        <For each={inbox.entries()}>
          {(entry) => (
            <li>
              <Row entry={entry} now={now()} />
            </li>
          )}
        </For>
      </ol>
      <Switch>
        <Match when={inbox.problem()}>
          <ErrorNotice onRetry={() => void inbox.retry()}>{inbox.problem()}</ErrorNotice>
        </Match>
        <Match when={inbox.isLoading() && !inbox.hasOlder()}>
          <LoadingNotice>Loading notifications…</LoadingNotice>
        </Match>
        <Match when={inbox.hasOlder()}>
          <div class="list-end">
            <button
              type="button"
              class="button"
              aria-disabled={inbox.isLoading()}
              onClick={() => !inbox.isLoading() && void inbox.loadOlder()}
            >
              {inbox.isLoading() ? "Loading…" : "Load older"}
            </button>
          </div>
        </Match>
        <Match when={isEmpty() && isFiltered()}>
          <EmptyNotice icon={<SearchX size={24} />} title="Nothing matches">
            <button type="button" class="button" onClick={() => inbox.setFilter(EVERYTHING)}>
              Clear filters
            </button>
          </EmptyNotice>
        </Match>
        <Match when={isEmpty()}>
          <EmptyNotice icon={<BellRing size={24} />} title="All quiet">
            What is published appears here at once.
            <Show when={channels.data?.some(({ may }) => may.publish)}>
              {" "}
              <A href="/broadcast">Broadcast something</A> to see it arrive.
            </Show>
          </EmptyNotice>
        </Match>
        <Match when={!isEmpty()}>
          <p class="list-end">That is everything.</p>
        </Match>
      </Switch>
    </Page>
  );
}

function Row(props: { readonly entry: Entry; readonly now: number }) {
  const inbox = useInbox();
  return (
    <Switch>
      <Match when={!isMessage(props.entry) && props.entry}>{(gap) => <GapRow gap={gap()} />}</Match>
      <Match when={isMessage(props.entry) && props.entry}>
        {(notification) => (
          <Show
            when={notification().event === "notification"}
            fallback={
              <SignalRow notification={notification()} now={props.now} isFresh={inbox.isFresh(notification())} />
            }
          >
            <NotificationRow notification={notification()} now={props.now} isFresh={inbox.isFresh(notification())} />
          </Show>
        )}
      </Match>
    </Switch>
  );
}

/** Says arrivals to those who cannot see them; a burst is only counted. */
function Announcement() {
  const inbox = useInbox();
  const text = createMemo(() => {
    const messages = inbox.arrivals().filter(({ event }) => event === "notification");
    const [first] = messages;
    if (!first) return "";
    if (messages.length > 1) return `${messages.length} new notifications`;
    return `${SEVERITY_LABELS[first.severity]} in ${first.channel}: ${first.title ?? first.message}`;
  });
  return (
    <p class="visually-hidden" role="status">
      {text()}
    </p>
  );
}
