import { A } from "@solidjs/router";
import Hash from "lucide-solid/icons/hash";
import Plus from "lucide-solid/icons/plus";
import { createSignal, For, Match, Show, Switch } from "solid-js";
import { createChannelForm, useChannels } from "../state/channels.ts";
import { createClock } from "../state/clock.ts";
import { toProblem } from "../state/problem.ts";
import { useUser } from "../state/session.ts";
import { Choice } from "../ui/choice.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { FormView } from "../ui/form_view.tsx";
import { EmptyNotice, ErrorNotice, LoadingNotice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { TextField } from "../ui/text_field.tsx";
import { TimeAgo } from "../ui/time_ago.tsx";

/** Lists the channels and makes new ones. */
export function ChannelsPage() {
  const channels = useChannels();
  const now = createClock();
  const user = useUser();
  const isAdmin = () => user().role === "admin";
  const [isOpen, setOpen] = createSignal(false);
  const [created, setCreated] = createSignal("");
  const create = (
    <button type="button" class="button primary" onClick={() => setOpen(true)}>
      <Plus size={16} />
      New channel
    </button>
  );
  return (
    <Page title="Channels" about="Names that notifications are published to." actions={isAdmin() && create}>
      <p class="visually-hidden" role="status">
        <Show when={created()}>Channel {created()} was created</Show>
      </p>
      <Switch>
        <Match when={channels.data?.length === 0}>
          <EmptyNotice icon={<Hash size={24} />} title="No channels yet">
            {isAdmin()
              ? "Create one, then publish to it."
              : "Those that an admin lets you read or publish to appear here."}
          </EmptyNotice>
        </Match>
        <Match when={channels.data}>
          {(list) => (
            <ul class="list">
              <For each={list()}>
                {(channel) => (
                  <li class="channel">
                    <div class="channel-body">
                      <h2>
                        <Hash size={16} class="channel-icon" />
                        <A href={`/channels/${channel.name}`}>{channel.name}</A>
                      </h2>
                      <Show when={channel.description}>
                        <p>{channel.description}</p>
                      </Show>
                    </div>
                    <span class="label" title={READERS[channel.readers].about}>
                      {READERS[channel.readers].label}
                    </span>
                    <span class="channel-created">
                      made <TimeAgo timestamp={channel.createdAt} now={now()} />
                    </span>
                    <Show when={channel.may.manage}>
                      <A class="button small" href={`/channels/${channel.name}`}>
                        Access<span class="visually-hidden"> to {channel.name}</span>
                      </A>
                    </Show>
                  </li>
                )}
              </For>
            </ul>
          )}
        </Match>
        <Match when={channels.error}>
          {(error) => <ErrorNotice onRetry={() => void channels.refetch()}>{toProblem(error()).message}</ErrorNotice>}
        </Match>
        <Match when={channels.isPending}>
          <LoadingNotice>Loading channels…</LoadingNotice>
        </Match>
      </Switch>
      <Dialog title="New channel" isOpen={isOpen()} onClose={() => setOpen(false)}>
        <NewChannel
          onCreated={(name) => {
            setCreated(name);
            setOpen(false);
          }}
        />
      </Dialog>
    </Page>
  );
}

const READERS = {
  public: { label: "Public", about: "Anybody may read it, without signing in" },
  everyone: { label: "Open", about: "Everyone signed in may read it" },
  named: { label: "Private", about: "Only admins and those whom they add may read it" },
} as const;

function NewChannel(props: { readonly onCreated: (name: string) => void }) {
  const form = createChannelForm();
  return (
    <FormView
      form={form}
      submitLabel="Create channel"
      sendingLabel="Creating…"
      onSent={() => props.onCreated(form.values.name)}
    >
      <TextField
        form={form}
        name="name"
        label="Name"
        hint="Letters, digits, _ and -, in parts joined by dots: shop.orders"
        type="code"
        isFirst
      />
      <TextField form={form} name="description" label="Description" isOptional />
      <Choice
        legend="Who may read"
        name="read"
        value={form.values.read}
        options={[
          { value: "everyone", label: "Everyone signed in" },
          { value: "nobody", label: "Only whom I add" },
        ]}
        onChange={(read) => form.set("read", read)}
      />
    </FormView>
  );
}
