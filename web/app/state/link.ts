import { useQueryClient } from "@tanstack/solid-query";
import { createSignal } from "solid-js";
import { createForm, type Form } from "./form.ts";
import { useHub } from "./hub.ts";
import { toProblem } from "./problem.ts";
import { checkPassword, startSession } from "./session.ts";

/** What the form behind a one-time link holds. */
export interface LinkFields extends Record<string, string> {
  password: string;
}

/** The page behind an invitation or a reset link. */
export interface LinkAcceptance {
  readonly form: Form<LinkFields, void>;
  /** `void`: the hub does not know the link; it was used, replaced, or is too old. */
  state(): "asking" | "open" | "void";
}

const VOID = new Set(["UNAUTHORIZED", "NOT_FOUND"]);

/** Creates the form that sets a password with the secret of a one-time link, and signs in. */
export function createLinkAcceptance(secret: string): LinkAcceptance {
  const hub = useHub();
  const client = useQueryClient();
  const [state, setState] = createSignal<"asking" | "open" | "void">("asking");
  hub.trpc.session.checkLink.mutate({ secret }).then(
    ({ isValid }) => setState(isValid ? "open" : "void"),
    // What is wrong now is told when the form is sent.
    () => setState("open"),
  );
  const form = createForm<LinkFields, void>({
    initial: { password: "" },
    check: ({ password }) => {
      const fault = checkPassword(password);
      return fault ? { password: fault } : {};
    },
    submit: async ({ password }) => {
      try {
        startSession(client, await hub.trpc.session.acceptLink.mutate({ secret, password }));
      } catch (error) {
        if (VOID.has(toProblem(error).code)) setState("void");
        throw error;
      }
    },
  });
  return { form, state };
}
