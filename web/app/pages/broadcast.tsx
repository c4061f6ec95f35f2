/** web/app/pages/ owns THE PAGES, one file for each path; they put state and parts together. This one broadcasts. */
import Lock from "lucide-solid/icons/lock";
import { Match, Show, Switch } from "solid-js";
import { createBroadcast } from "../state/broadcast.ts";
import { useChannels } from "../state/channels.ts";
import { createClock } from "../state/clock.ts";
import { toProblem } from "../state/problem.ts";
import { useUser } from "../state/session.ts";
import { createCatalogue } from "../state/types.ts";
import { useUsers } from "../state/users.ts";
import { BroadcastPanel } from "../ui/broadcast_panel.tsx";
import { EmptyNotice, ErrorNotice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { ScheduledSection } from "../ui/scheduled_section.tsx";

/** Sends a notification to everyone who may read a channel. */
export function BroadcastPage() {
  const channels = useChannels();
  const names = () => channels.data?.filter(({ may }) => may.publish).map(({ name }) => name);
  const user = useUser();
  const users = useUsers(() => user().role === "admin");
  const now = createClock();
  const { types } = createCatalogue();
  const form = createBroadcast({
    channels: () => names() ?? [],
    writesMessage: (type) => Boolean(types().find(({ name }) => name === type)?.message),
    now,
  });
  return (
    <Page title="Broadcast" about="Everyone who reads the channel sees it at once.">
      <Show when={channels.error}>
        {(error) => <ErrorNotice onRetry={() => void channels.refetch()}>{toProblem(error()).message}</ErrorNotice>}
      </Show>
      <Switch
        fallback={
          <BroadcastPanel
            form={form}
            channels={names() ?? [form.values.channel]}
            users={users.data ?? []}
            types={types()}
          />
        }
      >
        <Match when={names()?.length === 0}>
          <EmptyNotice icon={<Lock size={24} />} title="No channel to publish to">
            You may not publish to any channel. An admin can let you.
          </EmptyNotice>
        </Match>
      </Switch>
      <ScheduledSection now={now} />
    </Page>
  );
}
