import { defineCommand } from "citty";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection } from "./connection.ts";
import { parseIds } from "./ids.ts";

/** `belfry remove` */
export const remove = defineCommand({
  meta: { name: "remove", description: "Take back what was sent: every screen drops it" },
  args: {
    id: { type: "positional", required: true, description: "Its id" },
    reason: { type: "string", description: "Why, for the audit trail", valueHint: "text" },
    ...hubArgs,
    json: { type: "boolean", description: "Print JSON" },
  },
  async run({ args }) {
    const [id = 0] = parseIds([args.id], ["belfry", "remove"]);
    const { reason } = args;
    const action = `remove notification ${id}`;
    const removed = await callHub(readConnection(args, action), action, (hub) =>
      hub.trpc.notifications.remove.mutate({ id, ...(reason !== undefined && { reason }) }),
    );
    console.log(args.json ? JSON.stringify(removed) : `${id} is removed`);
  },
});
