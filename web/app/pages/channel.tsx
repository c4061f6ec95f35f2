import { A, useParams } from "@solidjs/router";
import { Show } from "solid-js";
import { useChannels } from "../state/channels.ts";
import { createClock } from "../state/clock.ts";
import { AccessSections } from "../ui/access_sections.tsx";
import { Page } from "../ui/page.tsx";
import { SettingsSection } from "../ui/settings_section.tsx";
import { StatusBoard } from "../ui/status_board.tsx";

/** One channel: its latest states, and, for those who manage it, who may do what. */
export function ChannelPage() {
  const params = useParams<{ name: string }>();
  const channels = useChannels();
  const now = createClock();
  const channel = () => channels.data?.find(({ name }) => name === params.name);
  return (
    <Page
      title={params.name}
      about={
        <>
          {channel()?.description} <A href="/channels">All channels</A>
        </>
      }
    >
      <Show when={channel()?.may.read}>
        <StatusBoard channel={params.name} now={now()} />
      </Show>
      <Show when={channel()?.may.manage ?? !channels.isPending}>
        <Show when={channel()?.name} keyed>
          <Show when={channel()}>{(it) => <SettingsSection channel={it()} />}</Show>
        </Show>
        <AccessSections channel={params.name} />
      </Show>
    </Page>
  );
}
