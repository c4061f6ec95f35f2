import { useQuery, useQueryClient } from "@tanstack/solid-query";
import { createForm, type Form } from "./form.ts";
import { type Answers, useHub } from "./hub.ts";

/** A channel, and what the user may do on it. */
export type Channel = Answers["channels"]["list"][number];

/** What the "new channel" form holds. */
export interface ChannelFields extends Record<string, string> {
  name: string;
  description: string;
  /** Who may read it beside the admins: `everyone` signed in, or `nobody`. */
  read: string;
}

const KEY = ["channels"];
/** The hub's rule for names, said early; the hub has the last word. */
const NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const MAX_NAME = 64;

/** The channels that the user may read, publish to or manage, by name. */
export function useChannels() {
  const hub = useHub();
  return useQuery(() => ({
    queryKey: KEY,
    queryFn: (): Promise<Channel[]> => hub.trpc.channels.list.query(),
    reconcile: "name",
  }));
}

/** Says what is wrong with each field before anything is sent. */
export function checkChannel({ name }: Pick<ChannelFields, "name">): Partial<ChannelFields> {
  if (!name) return { name: "Give the channel a name" };
  if (name.length > MAX_NAME) return { name: `Must have at most ${MAX_NAME} characters, has ${name.length}` };
  if (!NAME.test(name)) return { name: "May hold letters, digits, _ and -, in parts joined by single dots" };
  return {};
}

/** Creates the form that makes a channel. */
export function createChannelForm(): Form<ChannelFields, Answers["channels"]["create"]> {
  const hub = useHub();
  const client = useQueryClient();
  return createForm<ChannelFields, Answers["channels"]["create"]>({
    initial: { name: "", description: "", read: "everyone" },
    check: checkChannel,
    submit: async ({ name, description, read }) => {
      const who = read === "nobody" ? "nobody" : "everyone";
      const channel = await hub.trpc.channels.create.mutate({ name, description, read: who });
      void client.invalidateQueries({ queryKey: KEY });
      return channel;
    },
  });
}
