import type { Draft } from "../../web/client/mod.ts";
import { splitList } from "./connection.ts";
import { UsageError } from "./failure.ts";

/** The options that say who has to acknowledge, and what happens while nobody does. */
export const acknowledgementArgs = {
  ack: {
    type: "enum",
    description: "Who has to acknowledge it",
    options: ["anyone", "everyone"] as ("anyone" | "everyone")[],
  },
  "escalate-after": { type: "string", description: "Send it again when not acknowledged by then", valueHint: "10m" },
  "escalate-to": {
    type: "string",
    description: "To these channels, one after the other, with commas",
    valueHint: "names",
  },
} as const;

interface Given {
  readonly ack?: string | undefined;
  readonly "escalate-after"?: string | undefined;
  readonly "escalate-to"?: string | undefined;
}

/** What the options say, as fields of a draft. @throws {UsageError} */
export function readAcknowledgement(args: Given, path: readonly string[]): Pick<Draft, "ack" | "escalate"> {
  const { ack, "escalate-after": after, "escalate-to": to } = args;
  if (after === undefined && to !== undefined) throw new UsageError("--escalate-to needs --escalate-after", path);
  if (ack === undefined && after !== undefined) throw new UsageError("--escalate-after needs --ack", path);
  return {
    ...(ack !== undefined && { ack: ack as "anyone" | "everyone" }),
    ...(after !== undefined && { escalate: { after, to: splitList(to) ?? [] } }),
  };
}
