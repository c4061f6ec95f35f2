import { defineCommand } from "citty";
import type { ConnectionView } from "../../server/reading/connections.ts";
import type { Hub } from "../../web/client/mod.ts";
import { callHub } from "./call_hub.ts";
import { hubArgs, readConnection } from "./connection.ts";
import { formatTime, printable } from "./screen.ts";

/** `belfry connections` */
export const connections = defineCommand({
  meta: { name: "connections", description: "List the open streams, the oldest first, or close one" },
  args: {
    close: { type: "string", description: "End this stream; its client comes back where it was", valueHint: "client" },
    ...hubArgs,
    json: { type: "boolean", description: "Print JSON" },
  },
  async run({ args }) {
    const { close: clientId } = args;
    if (clientId !== undefined) {
      const action = "close a connection";
      await callHub(readConnection(args, action), action, (hub) => hub.trpc.connections.close.mutate({ clientId }));
      console.log(`${printable(clientId)} is closed`);
      return;
    }
    const action = "list connections";
    const rows = await callHub(readConnection(args, action), action, listAll);
    if (args.json) console.log(JSON.stringify(rows));
    else for (const row of rows) console.log(formatConnection(row));
  },
});

async function listAll(hub: Hub): Promise<ConnectionView[]> {
  const rows: ConnectionView[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: { readonly items: readonly ConnectionView[]; readonly next: number | null } =
      await hub.trpc.connections.list.query({ after });
    rows.push(...page.items);
    after = page.next;
  }
  return rows;
}

function formatConnection({ clientId, caller, channels, transport, state, lag, since }: ConnectionView): string {
  const behind = lag > 0 ? `${state}, ${lag} behind` : state;
  const follows = channels ? channels.join(",") || "nothing" : "everything";
  return [
    clientId.padEnd(14),
    formatTime(since),
    transport.padEnd(5),
    behind,
    printable(caller ?? "nobody"),
    follows,
  ].join("  ");
}
