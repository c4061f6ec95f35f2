import { useMutation, useQuery, useQueryClient } from "@tanstack/solid-query";
import { createForm, type Form } from "./form.ts";
import { type Answers, useHub } from "./hub.ts";
import { checkPassword } from "./session.ts";

/** A session of the user's own: one browser that is signed in. */
export type Session = Answers["session"]["list"][number];

/** What the form that changes one's password holds. */
export interface PasswordFields extends Record<string, string> {
  currentPassword: string;
  newPassword: string;
}

const KEY = ["sessions"];

/** The user's sessions, the newest first. */
export function useSessions() {
  const hub = useHub();
  return useQuery(() => ({
    queryKey: KEY,
    queryFn: (): Promise<readonly Session[]> => hub.trpc.session.list.query(),
    reconcile: "id",
  }));
}

/** Ends one of the user's sessions. */
export function useEndSession() {
  const hub = useHub();
  const client = useQueryClient();
  return useMutation(() => ({
    mutationFn: (id: string) => hub.trpc.session.end.mutate({ id }),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  }));
}

/** Creates the form that changes the user's own password; the other sessions end. */
export function createPasswordForm(): Form<PasswordFields, true> {
  const hub = useHub();
  const client = useQueryClient();
  const form = createForm<PasswordFields, true>({
    initial: { currentPassword: "", newPassword: "" },
    check: ({ currentPassword, newPassword }) => {
      const fault = checkPassword(newPassword);
      return {
        ...(!currentPassword && { currentPassword: "Enter your current password" }),
        ...(fault && { newPassword: fault }),
      };
    },
    submit: async (fields) => {
      await hub.trpc.session.changePassword.mutate(fields);
      form.set("currentPassword", "");
      form.set("newPassword", "");
      void client.invalidateQueries({ queryKey: KEY });
      return true;
    },
    fieldOf: ({ code }) => (code === "FORBIDDEN" ? "currentPassword" : undefined),
  });
  return form;
}
