/**
 * web/app/state/ owns WHAT THE PAGE KNOWS: sessions, the inbox, forms, every call to the hub and every timer. It imports
 * no view. This file holds the form that broadcasts.
 */
import { useQueryClient } from "@tanstack/solid-query";
import { createEffect } from "solid-js";
import type { Answer } from "../../client/mod.ts";
import { checkDraft, DRAFT_PATHS, type DraftFields, NO_DRAFT, toDraft } from "./draft_fields.ts";
import { createForm, type Form } from "./form.ts";
import { useHub } from "./hub.ts";
import { SCHEDULED } from "./scheduled.ts";

/** What stays in the form for the next broadcast. */
const LASTING = ["channel", "severity", "type"] as const;

/** What the form asks of the page. */
export interface BroadcastOptions {
  /** Names of the channels that the user may publish to. */
  readonly channels: () => readonly string[];
  /** Whether a type writes the message itself. */
  readonly writesMessage: (type: string) => boolean;
  /** Unix ms. */
  readonly now: () => number;
}

/** Creates the form that publishes one notification; afterwards what was written in it is empty again. */
export function createBroadcast(options: BroadcastOptions): Form<DraftFields, Answer> {
  const { channels, writesMessage, now } = options;
  const hub = useHub();
  const client = useQueryClient();
  const form = createForm<DraftFields, Answer>({
    initial: NO_DRAFT,
    check: (fields) => checkDraft(fields, now(), writesMessage(fields.type)),
    submit: async (fields) => {
      const answer = await hub.publish(toDraft(fields));
      const lasting: readonly string[] = LASTING;
      for (const [name, value] of Object.entries(NO_DRAFT)) if (!lasting.includes(name)) form.set(name, value);
      void client.invalidateQueries({ queryKey: SCHEDULED });
      return answer;
    },
    paths: DRAFT_PATHS,
  });
  createEffect(() => {
    const names = channels();
    const [first] = names;
    if (first !== undefined && !names.includes(form.values.channel)) form.set("channel", first);
  });
  return form;
}
