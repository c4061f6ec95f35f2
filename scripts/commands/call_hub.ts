import { createHub, type Hub } from "../../web/client/mod.ts";
import type { Connection } from "./connection.ts";
import { explainConnection } from "./failure.ts";

/** Calls a hub. When it cannot be reached, the error says `Cannot <action> at <url>: <reason>`. */
export async function callHub<T>(connection: Connection, action: string, use: (hub: Hub) => Promise<T>): Promise<T> {
  using hub = createHub(connection);
  try {
    return await use(hub);
  } catch (error) {
    const reason = explainConnection(error);
    throw reason ? new Error(`Cannot ${action} at ${connection.url}: ${reason}`, { cause: error }) : error;
  }
}
