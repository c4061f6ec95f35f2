import { useMutation, useQuery, useQueryClient } from "@tanstack/solid-query";
import type { Hub } from "../../client/mod.ts";
import { createForm, type Form } from "./form.ts";
import { type Answers, useHub } from "./hub.ts";
import { askWhoIsThere } from "./session.ts";

/** A user as admins see it. */
export type User = Answers["users"]["list"][number];
/** A one-time link to set a password. */
export type OneTimeLink = Answers["users"]["resetPassword"];

/** Whether a user can come in. */
export type UserState = "active" | "invited" | "from application" | "no password" | "disabled";

/** What the invitation holds. */
export interface InviteFields extends Record<string, string> {
  email: string;
  id: string;
  name: string;
  role: string;
}

/** What a user becomes. */
export interface UserChange {
  readonly id: string;
  readonly to: "admin" | "member" | "disabled" | "enabled" | "deleted";
}

const KEY = ["users"];

/** Every user, by id; nobody's while `isWanted` says no, because the hub tells only admins. */
export function useUsers(isWanted: () => boolean = () => true) {
  const hub = useHub();
  return useQuery(() => ({
    queryKey: KEY,
    queryFn: (): Promise<readonly User[]> => hub.trpc.users.list.query(),
    enabled: isWanted(),
    reconcile: "id",
  }));
}

/** Says whether, and how, a user can come in. */
export function userState({ disabledAt, hasPassword, hasLink, isFromApplication }: User): UserState {
  if (disabledAt !== null) return "disabled";
  if (hasPassword) return "active";
  if (hasLink) return "invited";
  return isFromApplication ? "from application" : "no password";
}

/** What to call a user; another application may send them without a name. */
export function userName({ id, name }: Pick<User, "id" | "name">): string {
  return name || id;
}

/** Creates the form that invites a user and answers with the link for them. */
export function createInvite(): Form<InviteFields, Answers["users"]["invite"]> {
  const hub = useHub();
  const client = useQueryClient();
  return createForm<InviteFields, Answers["users"]["invite"]>({
    initial: { email: "", id: "", name: "", role: "member" },
    check: ({ email }) => (email.includes("@") ? {} : { email: "Enter an e-mail address" }),
    submit: async ({ email, id, name, role }) => {
      const invited = await hub.trpc.users.invite.mutate({
        email: email.trim(),
        role: role === "admin" ? "admin" : "member",
        ...(id.trim() && { id: id.trim() }),
        ...(name.trim() && { name: name.trim() }),
      });
      void client.invalidateQueries({ queryKey: KEY });
      return invited;
    },
    fieldOf: ({ code, message }, { id }) => {
      if (code !== "CONFLICT") return undefined;
      return id.trim() && message.includes("this id") ? "id" : "email";
    },
  });
}

/** Makes a new one-time link for a user. */
export function useResetLink() {
  const hub = useHub();
  const client = useQueryClient();
  return useMutation(() => ({
    mutationFn: (id: string) => hub.trpc.users.resetPassword.mutate({ id }),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  }));
}

/** Changes a user's role, lets them in or not, or deletes them. */
export function useChangeUser() {
  const hub = useHub();
  const client = useQueryClient();
  return useMutation(() => ({
    mutationFn: (change: UserChange) => send(hub, change),
    onSuccess: () => {
      askWhoIsThere(client);
      return client.invalidateQueries({ queryKey: KEY });
    },
  }));
}

async function send({ trpc: { users } }: Hub, { id, to }: UserChange): Promise<void> {
  if (to === "deleted") await users.delete.mutate({ id });
  else if (to === "disabled") await users.disable.mutate({ id });
  else if (to === "enabled") await users.enable.mutate({ id });
  else await users.update.mutate({ id, role: to });
}
