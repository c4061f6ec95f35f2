import { useMutation, useQuery, useQueryClient } from "@tanstack/solid-query";
import type { Hub } from "../../client/mod.ts";
import { createForm, type Form } from "./form.ts";
import { type Answers, useHub } from "./hub.ts";

/** A permission that was given, and whether the hub has seen the user whom it names. */
export type GivenGrant = Answers["channels"]["grants"][number];
/** A permission on a channel, for an audience. */
export type Grant = Omit<GivenGrant, "isKnown">;
/** What may be done on a channel. */
export type Permission = Grant["permission"];
/** Who is meant beside named users. */
export type Crowd = Exclude<Grant["audience"], "user">;

/** A grant that is given or taken back. */
export interface GrantChange {
  readonly grant: Grant;
  readonly isGiven: boolean;
}

/** What the form that adds a named user holds. */
export interface GranteeFields extends Record<string, string> {
  userId: string;
}

const KEY = "grants";

/** Who may do what on a channel, beside the admins. */
export function useGrants(channel: () => string) {
  const hub = useHub();
  return useQuery(() => ({
    queryKey: [KEY, channel()],
    queryFn: (): Promise<readonly GivenGrant[]> => hub.trpc.channels.grants.query({ name: channel() }),
  }));
}

/** Whether a crowd has a permission. */
export function isGranted(grants: readonly Grant[], permission: Permission, audience: Crowd): boolean {
  return grants.some((grant) => grant.permission === permission && grant.audience === audience);
}

/** The grants that give a permission to named users. */
export function granteesOf(grants: readonly GivenGrant[], permission: Permission): GivenGrant[] {
  return grants.filter((grant) => grant.permission === permission && grant.audience === "user");
}

/** Gives or takes back a permission on a channel. */
export function useChangeGrant(channel: () => string) {
  const hub = useHub();
  const client = useQueryClient();
  return useMutation(() => ({
    mutationFn: ({ grant, isGiven }: GrantChange) => {
      const procedure = hub.trpc.channels[isGiven ? "grant" : "revoke"];
      return procedure.mutate(toInput(channel(), grant));
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["channels"] });
      return client.invalidateQueries({ queryKey: [KEY, channel()] });
    },
  }));
}

/** Creates the form that gives a permission to a named user. */
export function createGrantee(channel: () => string, permission: Permission): Form<GranteeFields, true> {
  const hub = useHub();
  const client = useQueryClient();
  const form = createForm<GranteeFields, true>({
    initial: { userId: "" },
    check: ({ userId }) => (userId.trim() ? {} : { userId: "Enter a user’s id or e-mail" }),
    submit: async ({ userId }) => {
      const grant: Grant = { permission, audience: "user", userId: userId.trim() };
      await hub.trpc.channels.grant.mutate(toInput(channel(), grant));
      form.set("userId", "");
      void client.invalidateQueries({ queryKey: [KEY, channel()] });
      return true;
    },
  });
  return form;
}

type GrantInput = Parameters<Hub["trpc"]["channels"]["grant"]["mutate"]>[0];

function toInput(channel: string, { permission, audience, userId }: Grant): GrantInput {
  if (audience === "user") return { channel, permission, audience, userId };
  if (audience === "everyone") return { channel, permission, audience };
  return { channel, permission: "read", audience };
}
