import { defineCommand } from "citty";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection } from "./connection.ts";
import { parseIds } from "./ids.ts";

/** `belfry ack` */
export const ack = defineCommand({
  meta: { name: "ack", description: "Acknowledge a notification that asks for it" },
  args: {
    id: { type: "positional", required: true, description: "Its id, or that of a copy" },
    ...hubArgs,
    json: { type: "boolean", description: "Print JSON" },
  },
  async run({ args }) {
    const [id = 0] = parseIds([args.id], ["belfry", "ack"]);
    const action = `acknowledge ${id}`;
    const answer = await callHub(readConnection(args, action), action, (hub) => hub.acknowledge(id));
    if (args.json) return console.log(JSON.stringify(answer));
    console.log(`${answer.id} is acknowledged${answer.settled ? "" : "; others have to as well"}`);
  },
});
