import { once } from "node:events";
import type { Server } from "node:http";
import type { Config } from "./config.ts";

/** The server cannot listen; the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** Connections that wait to be accepted: thousands come back at once after a restart. The kernel may allow fewer. */
const BACKLOG = 4_096;

/** Listens where the configuration says. @throws {ListenError} */
export async function listen(server: Server, { host, port }: Config): Promise<void> {
  server.listen({ host, port, backlog: BACKLOG });
  try {
    await once(server, "listening");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      EADDRINUSE: "another program listens there; stop it, or choose another port with --port or BELFRY_PORT",
      EACCES: "this user may not listen there; choose a port above 1023 with --port or BELFRY_PORT",
      EADDRNOTAVAIL: "this machine has no such address; choose another with --host or BELFRY_HOST",
      ENOTFOUND: "this host name is not known; choose another with --host or BELFRY_HOST",
    };
    throw new ListenError(`Cannot listen on ${host}:${port}: ${reasons[code ?? ""] ?? message}`, { cause });
  }
}
