import ScrollText from "lucide-solid/icons/scroll-text";
import { For, Match, Show, Switch } from "solid-js";
import { createAuditTrail, OTHER_ACTORS, WHOLE_TRAIL } from "../state/audit.ts";
import { createClock } from "../state/clock.ts";
import { useUsers } from "../state/users.ts";
import { AuditFilterBar } from "../ui/audit_filter_bar.tsx";
import { AuditItem } from "../ui/audit_item.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { MoreButton } from "../ui/more_button.tsx";
import { EmptyNotice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";

/** Who changed what, when and from where; the newest first. */
export function AuditPage() {
  const { pages, entries, filter, setFilter } = createAuditTrail();
  const users = useUsers();
  const actors = () => [...(users.data ?? []).map(({ id }) => id), ...OTHER_ACTORS];
  const now = createClock();
  const isFiltered = () => Object.values(filter()).some(Boolean);
  return (
    <Page
      title="Audit"
      about="Every change, every sign-in, and every sign-in refused for a wrong e-mail or password, the newest first."
    >
      <AuditFilterBar filter={filter()} actors={actors()} onChange={setFilter} />
      <Loaded query={pages} loading="Loading the trail…">
        {() => (
          <>
            <ol class="list" aria-label="Audit trail, the newest first">
              <For each={entries()}>{(entry) => <AuditItem entry={entry} now={now()} />}</For>
            </ol>
            <Switch>
              <Match when={pages.hasNextPage}>
                <div class="list-end">
                  <MoreButton
                    label="Load older"
                    isLoading={pages.isFetchingNextPage}
                    onClick={() => void pages.fetchNextPage()}
                  />
                </div>
              </Match>
              <Match when={entries().length === 0}>
                <EmptyNotice icon={<ScrollText size={24} />} title={isFiltered() ? "Nothing matches" : "Nothing yet"}>
                  <Show when={isFiltered()} fallback="Changes appear here.">
                    <button type="button" class="button" onClick={() => setFilter(WHOLE_TRAIL)}>
                      Clear filters
                    </button>
                  </Show>
                </EmptyNotice>
              </Match>
              <Match when={entries().length > 0}>
                <p class="list-end">That is everything.</p>
              </Match>
            </Switch>
          </>
        )}
      </Loaded>
    </Page>
  );
}
