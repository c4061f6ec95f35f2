import type { Draft, GivenDraft } from "./draft.ts";
import { type Fault, InputError } from "./explain.ts";

/** Where a notification goes whose publisher named no channel. */
const DEFAULT_CHANNEL = "general";

/** The channel of what a publisher gave. */
export function channelOf({ channel = DEFAULT_CHANNEL }: GivenDraft): string {
  return channel;
}

/** Fills what a publisher did not give. @throws {InputError} when the whole is not right. */
export function completeDraft(given: GivenDraft): Draft {
  const draft: Draft = { ...given, channel: channelOf(given), severity: given.severity ?? "info" };
  const faults = findFaults(draft);
  if (faults.length > 0) throw new InputError("publish", faults);
  return draft;
}

/** What is wrong with a draft as a whole, each field being right by itself. */
function findFaults({ channel, event, message, escalate }: Draft): Fault[] {
  const faults: Fault[] = [];
  if (event === "notification" && !message) {
    faults.push({ path: "message", message: "is required when event is notification" });
  }
  if (escalate?.to.includes(channel)) {
    faults.push({ path: "escalate", message: `must not come back to a channel: ${channel} comes twice` });
  }
  return faults;
}
