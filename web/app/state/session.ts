import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/solid-query";
import { createContext, useContext } from "solid-js";
import { createForm, type Form } from "./form.ts";
import { type Answers, useHub } from "./hub.ts";

const KEY = ["session"];
/** Shortest password, in characters; the hub has the last word. */
const MIN_PASSWORD = 10;

/** Who is signed in. */
export type SessionUser = NonNullable<Answers["session"]["current"]["user"]>;

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

/** Carries who is signed in to everything that only they see. */
export const UserContext = createContext<() => SessionUser>();

/** Who is signed in. */
export function useUser(): () => SessionUser {
  const user = useContext(UserContext);
  if (!user) throw new Error("Cannot use the user: the view stands outside UserContext");
  return user;
}

/** Forgets who is signed in and all that was read for them: the sign-in page comes up. */
export function endSession(client: QueryClient): void {
  setSession(client, null);
}

/** Lets somebody in who has just signed in. */
export function startSession(client: QueryClient, user: SessionUser): void {
  setSession(client, user);
}

/** Asks again who is signed in. */
export function askWhoIsThere(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: KEY });
}

function setSession(client: QueryClient, user: SessionUser | null): void {
  client.setQueryData(KEY, { user, needsSetUp: false });
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
}

/** Says what is wrong with a new password before it is sent; undefined: nothing. */
export function checkPassword(password: string): string | undefined {
  return password.length < MIN_PASSWORD ? `Must have at least ${MIN_PASSWORD} characters` : undefined;
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
  const fault = checkPassword(password);
  return {
    ...(!email.includes("@") && { email: "Enter your e-mail address" }),
    ...(fault && { password: fault }),
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
      startSession(client, await hub.trpc.session.signIn.mutate({ email: email.trim(), password }));
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
      startSession(client, await hub.trpc.session.setUp.mutate({ secret: secret(), email: email.trim(), password }));
    },
  });
}

/** Signs out; what was cached for the user is forgotten. */
export function useSignOut() {
  const hub = useHub();
  const client = useQueryClient();
  return useMutation(() => ({
    mutationFn: () => hub.trpc.session.signOut.mutate(),
    onSuccess: () => endSession(client),
  }));
}
