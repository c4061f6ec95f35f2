import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/solid-query";
import { createForm, type Form } from "./form.ts";
import { useHub } from "./hub.ts";

const KEY = ["session"];
/** Shortest password, in characters; the hub has the last word. */
const MIN_PASSWORD = 10;

/** What the forms of sign-in and set-up hold. */
export interface Credentials extends Record<string, string> {
  email: string;
  password: string;
}

/** Who is signed in, and whether the hub still waits for its first admin. */
export function useSession() {
  const hub = useHub();
  return useQuery(() => ({
    queryKey: KEY,
    queryFn: () => hub.trpc.session.current.query(),
    staleTime: 60_000,
  }));
}

/** Forgets who is signed in: the sign-in page comes up. */
export function endSession(client: QueryClient): void {
  client.setQueryData(KEY, { user: null, needsSetUp: false });
}

/** Says what is wrong with credentials before anything is sent. */
export function checkSignIn({ email, password }: Credentials): Partial<Credentials> {
  return {
    ...(!email.includes("@") && { email: "Enter your e-mail address" }),
    ...(!password && { password: "Enter your password" }),
  };
}

/** Says what is wrong with new credentials before anything is sent. */
export function checkSetUp({ email, password }: Credentials): Partial<Credentials> {
  const isShort = password.length < MIN_PASSWORD;
  return {
    ...(!email.includes("@") && { email: "Enter your e-mail address" }),
    ...(isShort && { password: `Must have at least ${MIN_PASSWORD} characters` }),
  };
}

const NOBODY: Credentials = { email: "", password: "" };

/** Creates the form that signs in. */
export function createSignIn(): Form<Credentials, void> {
  const hub = useHub();
  const client = useQueryClient();
  return createForm<Credentials, void>({
    initial: NOBODY,
    check: checkSignIn,
    submit: async ({ email, password }) => {
      const user = await hub.trpc.session.signIn.mutate({ email: email.trim(), password });
      client.setQueryData(KEY, { user, needsSetUp: false });
    },
  });
}

/** Creates the form that makes the first admin with the one-time secret of the link. */
export function createSetUp(secret: () => string): Form<Credentials, void> {
  const hub = useHub();
  const client = useQueryClient();
  return createForm<Credentials, void>({
    initial: NOBODY,
    check: checkSetUp,
    submit: async ({ email, password }) => {
      const user = await hub.trpc.session.setUp.mutate({ secret: secret(), email: email.trim(), password });
      client.setQueryData(KEY, { user, needsSetUp: false });
    },
  });
}

/** Signs out; what was cached for the user is forgotten. */
export function useSignOut() {
  const hub = useHub();
  const client = useQueryClient();
  return useMutation(() => ({
    mutationFn: () => hub.trpc.session.signOut.mutate(),
    onSuccess: () => {
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
      endSession(client);
    },
  }));
}
