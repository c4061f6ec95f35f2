import { text } from "node:stream/consumers";
import { defineCommand } from "citty";
import { type Answer, type Draft, SEVERITIES, type Severity } from "../../web/client/mod.ts";
import { acknowledgementArgs, readAcknowledgement } from "./acknowledgement_args.ts";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection, splitList } from "./connection.ts";
import { deliveryArgs, readDelivery } from "./delivery_args.ts";
import { UsageError } from "./failure.ts";
import { formatTime, printable } from "./screen.ts";

const PATH = ["belfry", "publish"];

/** `belfry publish` */
export const publish = defineCommand({
  meta: { name: "publish", description: "Publish one notification and print its id" },
  args: {
    message: { type: "positional", required: false, description: "The message; without it, or as -, standard input" },
    channel: { type: "string", description: "Channel (default: general)", valueHint: "name" },
    title: { type: "string", description: "Title", valueHint: "text" },
    severity: { type: "enum", description: "How much it matters (default: info)", options: [...SEVERITIES] },
    type: { type: "string", description: "Type, for filters (default: the event)", valueHint: "name" },
    event: {
      type: "string",
      description: "Event; any name but notification is a signal for programs",
      valueHint: "name",
    },
    data: { type: "string", description: "Data for programs", valueHint: "json" },
    link: { type: "string", description: "Where a click leads", valueHint: "url" },
    tags: { type: "string", description: "Tags, with commas", valueHint: "names" },
    key: { type: "string", description: "Replaces, on screens, the one before with this key", valueHint: "key" },
    to: { type: "string", description: "Only these users, with commas", valueHint: "ids" },
    "to-client": { type: "string", description: "Only this open stream; not stored", valueHint: "client" },
    ...deliveryArgs,
    ...acknowledgementArgs,
    ...hubArgs,
    json: { type: "boolean", description: "Print the answer as JSON" },
  },
  async run({ args }) {
    const connection = readConnection(args, "publish");
    const { channel, title, type, event, link, key } = args;
    const severity = args.severity as Severity | undefined;
    const tags = splitList(args.tags);
    const to = splitList(args.to);
    const message = await readMessage(args.message, needsMessage(args));
    const draft: Draft = {
      ...(channel && { channel }),
      ...(title && { title }),
      ...(severity && { severity }),
      ...(type && { type }),
      ...(event && { event }),
      ...(link && { link }),
      ...(key && { key }),
      ...(tags && { tags }),
      ...(to && { to }),
      ...(args["to-client"] !== undefined && { toClient: args["to-client"], ephemeral: true }),
      ...(message && { message }),
      ...readDelivery(args, PATH),
      ...readAcknowledgement(args, PATH),
      ...(args.data !== undefined && { data: parseData(args.data) }),
    };
    const answer = await callHub(connection, "publish", (hub) => hub.publish(draft));
    if (answer.unknown) console.error(`Not known to the hub: ${answer.unknown.map(printable).join(", ")}`);
    console.log(args.json ? JSON.stringify(answer) : describe(answer));
  },
});

/** The id, where there is one; of what waits for its time, that of `belfry scheduled`. */
function describe(answer: Answer): string {
  if ("ephemeral" in answer) return "delivered, not stored";
  if (answer.id !== undefined) return `${answer.id}`;
  return `scheduled ${answer.scheduledId} for ${formatTime(answer.deliverAt)}`;
}

/** Not a signal, and not what a registered type may make a message of: then nothing waits for standard input. */
function needsMessage({ event = "notification", type, data }: Readonly<Record<string, unknown>>): boolean {
  return event === "notification" && (type === undefined || data === undefined);
}

async function readMessage(given: string | undefined, isNeeded: boolean): Promise<string | undefined> {
  if (given !== undefined && given !== "-") return given;
  if (given === undefined && !isNeeded) return undefined;
  if (process.stdin.isTTY) throw new UsageError("MESSAGE is missing; give it in quotes or on standard input", PATH);
  return (await text(process.stdin)).trimEnd();
}

function parseData(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(`--data is not valid JSON: ${(error as Error).message}`, PATH);
  }
}
