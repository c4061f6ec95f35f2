import { useMutation, useQuery, useQueryClient } from "@tanstack/solid-query";
import { createForm, type Form } from "./form.ts";
import { type Answers, useHub } from "./hub.ts";

/** A token, without its secret. */
export type Token = Answers["tokens"]["list"][number];
/** A token that was just made, with its secret. */
export type NewToken = Answers["tokens"]["create"];
/** What a token is for. */
export type Scope = Token["scopes"][number];

/** Every scope, the weakest first. */
export const SCOPES = ["read", "publish", "admin"] as const satisfies readonly Scope[];

/** How long a token may live, in days; empty: until it is revoked. */
export const LIVES = ["", "7", "30", "90", "365"] as const;

/** What the "new token" form holds: scopes and patterns as words with spaces between. */
export interface TokenFields extends Record<string, string> {
  name: string;
  scopes: string;
  patterns: string;
  /** Days. */
  life: string;
}

/** Whether a token opens anything; `resting`: it will again, once its owner is enabled. */
export type TokenState = "active" | "resting" | "expired" | "revoked";

const KEY = ["tokens"];
const DAY = 86_400_000;

/** The user's tokens, for admins everybody's; the newest first. */
export function useTokens() {
  const hub = useHub();
  return useQuery(() => ({
    queryKey: KEY,
    queryFn: (): Promise<readonly Token[]> => hub.trpc.tokens.list.query(),
    reconcile: "id",
  }));
}

/** Whether a token opens anything at a time (unix ms). */
export function tokenState({ revokedAt, expiresAt, isResting }: Token, now: number): TokenState {
  if (revokedAt !== null) return "revoked";
  if (expiresAt !== null && Date.parse(expiresAt) <= now) return "expired";
  return isResting ? "resting" : "active";
}

/** Whether a token is over for good. */
export function isPast(token: Token, now: number): boolean {
  return ["revoked", "expired"].includes(tokenState(token, now));
}

/** Takes a word into a list of words with spaces between, or out of it. */
export function toggleWord(words: string, word: string): string {
  const list = words.split(" ").filter(Boolean);
  return (list.includes(word) ? list.filter((other) => other !== word) : [...list, word]).join(" ");
}

/** Creates the form that makes a token of the user's own. */
export function createTokenForm(now: () => number): Form<TokenFields, NewToken> {
  const hub = useHub();
  const client = useQueryClient();
  return createForm<TokenFields, NewToken>({
    initial: { name: "", scopes: "read publish", patterns: "*", life: "" },
    check: ({ name, scopes, patterns }) => ({
      ...(!name.trim() && { name: "Give the token a name" }),
      ...(!scopes && { scopes: "Choose what it is for" }),
      ...(!patterns.trim() && { patterns: "Name a channel or a pattern, or * for all" }),
    }),
    submit: async ({ name, scopes, patterns, life }) => {
      const token = await hub.trpc.tokens.create.mutate({
        name: name.trim(),
        scopes: SCOPES.filter((scope) => scopes.split(" ").includes(scope)),
        patterns: patterns.split(/[\s,]+/).filter(Boolean),
        expiresAt: life ? new Date(now() + Number(life) * DAY).toISOString() : null,
      });
      void client.invalidateQueries({ queryKey: KEY });
      return token;
    },
  });
}

/** Revokes a token for good. */
export function useRevokeToken() {
  const hub = useHub();
  const client = useQueryClient();
  return useMutation(() => ({
    mutationFn: (id: number) => hub.trpc.tokens.revoke.mutate({ id }),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  }));
}
