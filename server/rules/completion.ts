import type { Draft, GivenDraft } from "./draft.ts";
import type { EventType } from "./event_type.ts";
import { type Fault, InputError } from "./explain.ts";
import { utf8Length } from "./json_value.ts";
import type { DraftLimits } from "./limits.ts";
import { renderMarkdown, renderText, renderTitle, type Template, type TemplateValues } from "./template.ts";

/** Where a notification goes whose publisher and type name no channel. */
const DEFAULT_CHANNEL = "general";

/** What completes a draft that has a registered type. */
export interface TypeUse {
  readonly type: EventType;
  readonly sender: string;
  readonly limits: DraftLimits;
}

/** The channel of what a publisher gave, by its type where it gave none. */
export function channelOf({ channel }: GivenDraft, type: EventType | undefined): string {
  return channel ?? type?.channel ?? DEFAULT_CHANNEL;
}

/** Fills what a publisher did not give. @throws {InputError} when `data` is not its type's, or the whole is not right. */
export function completeDraft(given: GivenDraft, use?: TypeUse): Draft {
  const channel = channelOf(given, use?.type);
  const severity = given.severity ?? use?.type.severity ?? "info";
  const draft: Draft = { ...given, channel, severity };
  const whole = use ? applyType(draft, use) : draft;
  const faults = findFaults(whole);
  if (faults.length > 0) throw new InputError("publish", faults);
  return whole;
}

/** Holds `data` against a type's schema, and fills its templates where the publisher gave no text. */
function applyType(draft: Draft, { type, sender, limits }: TypeUse): Draft {
  const { channel, severity, data, message } = draft;
  const faults = type.check(data);
  if (faults.length > 0) throw new InputError("publish", faults);
  const values = { data, channel, severity, sender, type: type.name };
  const title = draft.title ?? (type.title && renderTitle(type.title, values));
  const format = draft.format ?? type.format;
  const made = message === undefined && type.message ? renderMessage(type.message, values, { format, limits }) : "";
  return {
    ...draft,
    typeVersion: type.version,
    ...(title && { title }),
    // The type's format is of its own message.
    ...(made && { message: made, ...(format && { format }) }),
  };
}

/** How a message is filled in. */
interface MessageOptions {
  readonly format: "text" | "markdown" | null;
  readonly limits: DraftLimits;
}

function renderMessage(template: Template, values: TemplateValues, { format, limits }: MessageOptions): string {
  const render = format === "markdown" ? renderMarkdown : renderText;
  const message = render(template, values, limits.messageBytes);
  if (utf8Length(message) <= limits.messageBytes) return message;
  const fault = `must have at most ${limits.messageBytes} bytes; the template of type ${values.type} makes more of this data`;
  throw new InputError("publish", [{ path: "message", message: fault }]);
}

/** What is wrong with a draft as a whole, each field being right by itself. */
function findFaults({ channel, event, message, escalate }: Draft): Fault[] {
  const faults: Fault[] = [];
  if (event === "notification" && !message) {
    faults.push({ path: "message", message: "is required when event is notification" });
  }
  if (escalate?.to.includes(channel)) {
    faults.push({ path: "escalate", message: `must name other channels in to: ${channel} is the notification's own` });
  }
  return faults;
}
