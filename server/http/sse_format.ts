import type { LogRecord } from "../../db/event_log.ts";
import type { WireFormat } from "../hub/frame.ts";
import { dataText } from "../rules/notification.ts";
import { notificationType } from "../rules/severity.ts";
import { FOLLOW_UPS } from "../rules/stream_item.ts";

/** How long an EventSource waits before it reconnects, in ms. */
const RETRY = 3_000;

/** Messages for people carry the whole notification; signals for programs carry their publisher's data and the type. */
function body(record: LogRecord): string {
  const { event, severity, json } = record;
  if (event === "notification") return `${json.slice(0, -1)},"notificationType":"${notificationType(severity)}"}`;
  if (FOLLOW_UPS.has(event)) return json;
  const data = dataText(json);
  const type = JSON.stringify(record.type);
  if (data === undefined || data === "{}") return `{"type":${type}}`;
  if (!data.startsWith("{")) return `{"type":${type},"data":${data}}`;
  return hasType(data) ? data : `{"type":${type},${data.slice(1)}`;
}

/** Whether an object's JSON has a `type` of its own; parsed only where the text may hold one. */
function hasType(json: string): boolean {
  return json.includes('"type"') && Object.hasOwn(JSON.parse(json) as object, "type");
}

/** Plain server-sent events, for EventSource and curl. */
export const SSE_FORMAT: WireFormat = {
  name: "sse",
  opening: `retry: ${RETRY}\n\n`,
  notification: (record, cursor) => `id: ${cursor}\nevent: ${record.event}\ndata: ${body(record)}\n\n`,
  ephemeral: (record) => `event: ${record.event}\ndata: ${body(record)}\n\n`,
  control: ({ event, ...data }, cursor) => `id: ${cursor}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
  heartbeat: "event: heartbeat\ndata: {}\n\n",
};
