import { defineCommand } from "citty";
import type { NotificationStatus } from "../../web/client/mod.ts";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection } from "./connection.ts";
import { parseIds } from "./ids.ts";
import { formatTime, printable } from "./screen.ts";

/** `belfry status` */
export const status = defineCommand({
  meta: { name: "status", description: "Print to whom a notification was delivered, who has read and acknowledged it" },
  args: {
    id: { type: "positional", required: true, description: "Its id, or that of a copy" },
    ...hubArgs,
    json: { type: "boolean", description: "Print JSON" },
  },
  async run({ args }) {
    const [id = 0] = parseIds([args.id], ["belfry", "status"]);
    const action = `read the status of ${id}`;
    const found = await callHub(readConnection(args, action), action, (hub) => hub.status(id));
    console.log(args.json ? JSON.stringify(found) : describe(found).join("\n"));
  },
});

function describe(status: NotificationStatus): string[] {
  const { ack, settled, escalations, nextEscalation, delivered, read, acknowledged, outstanding, counts } = status;
  const times = escalations === 1 ? "once" : `${escalations} times`;
  const again = escalations > 0 ? `, sent again ${times}` : "";
  const next = nextEscalation ? `, next at ${formatTime(nextEscalation)}` : "";
  const asks = ack ? `asks for acknowledgement by ${ack}, ${settled ? "settled" : "not settled"}` : "asks for nothing";
  return [
    `${status.id}  ${asks}${again}${next}`,
    ...section("delivered", delivered, counts.delivered),
    ...section("read", read, counts.read),
    ...section("acknowledged", acknowledged, counts.acknowledged),
    ...section(
      "outstanding",
      outstanding.map((user) => ({ user })),
      counts.outstanding,
    ),
  ];
}

function section(
  name: string,
  rows: readonly { readonly user: string; readonly at?: string }[],
  count: number,
): string[] {
  const lines = rows.map(({ user, at }) => `  ${at ? `${formatTime(at)}  ` : ""}${printable(user)}`);
  const more = count > rows.length ? [`  and ${count - rows.length} more`] : [];
  return [`${name}: ${count}`, ...lines, ...more];
}
