import { A } from "@solidjs/router";
import BellRing from "lucide-solid/icons/bell-ring";
import CheckCheck from "lucide-solid/icons/check-check";
import SearchX from "lucide-solid/icons/search-x";
import { For, Match, Show, Switch } from "solid-js";
import { useChannels } from "../state/channels.ts";
import { createClock } from "../state/clock.ts";
import { useInbox } from "../state/inbox.ts";
import { EVERYTHING, isNarrow } from "../state/inbox_filter.ts";
import { useUser } from "../state/session.ts";
import { InboxAnnouncement } from "../ui/inbox_announcement.tsx";
import { InboxFilterBar } from "../ui/inbox_filter_bar.tsx";
import { InboxRow } from "../ui/inbox_row.tsx";
import { MoreButton } from "../ui/more_button.tsx";
import { EmptyNotice, ErrorNotice, LoadingNotice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";

/** Shows the newest notifications as they arrive, and older ones on request. */
export function InboxPage() {
  const inbox = useInbox();
  const channels = useChannels();
  const now = createClock();
  const user = useUser();
  const channel = () => inbox.filter().channel;
  const count = () => (channel() ? inbox.unread.of(channel()) : inbox.unread.total());
  const readAll = (
    <button type="button" class="button" onClick={() => inbox.markAll(channel())}>
      <CheckCheck size={16} />
      {channel() ? `Mark all of ${channel()} read` : "Mark all read"}
    </button>
  );
  const isEmpty = () => inbox.entries().length === 0;
  return (
    <Page title="Inbox" actions={<Show when={count() > 0}>{readAll}</Show>}>
      <InboxAnnouncement arrivals={inbox.arrivals()} />
      <InboxFilterBar
        filter={inbox.filter()}
        channels={channels.data?.filter(({ may }) => may.read).map(({ name }) => name) ?? []}
        unreadOf={inbox.unread.of}
        isAdmin={user().role === "admin"}
        onChange={inbox.setFilter}
      />
      <Show when={inbox.markProblem()}>{(problem) => <ErrorNotice>{problem()}</ErrorNotice>}</Show>
      <Show when={inbox.lag()}>
        {(lag) => (
          <p class="list-note" role="status">
            Searched up to notification {lag().indexed} of {lag().head}. The rest can be found in a moment.
          </p>
        )}
      </Show>
      <Show when={inbox.hasNewer()}>
        <div class="list-end">
          <MoreButton label="Load newer" isLoading={inbox.isLoading()} onClick={() => void inbox.load("newer")} />
          <button type="button" class="button" onClick={() => void inbox.reload()}>
            Back to the newest
          </button>
        </div>
      </Show>
      <ol class="list" aria-label="Notifications, the newest first" aria-busy={inbox.isLoading()}>
        <For each={inbox.entries()}>
          {(entry) => (
            <li>
              <InboxRow entry={entry} now={now()} />
            </li>
          )}
        </For>
      </ol>
      <Switch>
        <Match when={inbox.problem()}>
          <ErrorNotice onRetry={() => void inbox.load("older")}>{inbox.problem()}</ErrorNotice>
        </Match>
        <Match when={inbox.isLoading() && !inbox.hasOlder()}>
          <LoadingNotice>Loading notifications…</LoadingNotice>
        </Match>
        <Match when={inbox.hasOlder()}>
          <div class="list-end">
            <MoreButton label="Load older" isLoading={inbox.isLoading()} onClick={() => void inbox.load("older")} />
          </div>
        </Match>
        <Match when={isEmpty() && isNarrow(inbox.filter())}>
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
