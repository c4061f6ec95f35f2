import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port that nobody uses, for servers that must come back on the same one. Below the range from which the system
 * takes ports for outgoing connections, so that none of those takes it while the server is away.
 */
export async function findPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      server.close();
      await once(server, "close");
      return port;
    } catch {
      // Taken: try another.
    }
  }
}
