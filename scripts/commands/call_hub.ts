import { createHub, type Hub, HubError } from "../../web/client/mod.ts";
import { type Connection, tokenFailure } from "./connection.ts";
import { explainConnection } from "./failure.ts";

/** Calls a hub. When it cannot be reached, the error says `Cannot <action> at <url>: <reason>`; when nobody is let in, by what. */
export async function callHub<T>(connection: Connection, action: string, use: (hub: Hub) => Promise<T>): Promise<T> {
  using hub = createHub(connection);
  try {
    return await use(hub);
  } catch (error) {
    if (isUnauthorized(error)) throw tokenFailure(connection, action);
    const reason = explainConnection(error);
    throw reason ? new Error(`Cannot ${action} at ${connection.url}: ${reason}`, { cause: error }) : error;
  }
}

/** Whether a hub let nobody in. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof HubError && error.data?.code === "UNAUTHORIZED";
}
