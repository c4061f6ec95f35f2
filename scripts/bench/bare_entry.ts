/**
 * The upper bound: what Node can do when it does nothing but write. Every body that is posted goes to every stream as
 * one shared buffer, in slices as the hub's fan-out, without storing, rules or filters. Started by cases/bare.ts.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { answerCalls } from "./calls.ts";

/** Time after which a round lets others have their turn, in ms. */
const SLICE = 4;
/** What a frame of the typed stream has beside the body that is published: id, cursor, sender, time. */
const ENVELOPE = `,"event":"notification","type":"notification","severity":"info","sender":"token:environment","timestamp":"${new Date().toISOString()}","read":false,"id":1000000,"cursor":"abcdefgh-1000000"}\nid: abcdefgh-1000000\n\n\n`;
const OPENING = 'event: connected\ndata: {}\n\n\ndata: {"clientId":"bare"}\n\n\n';

const sockets = new Set<Socket>();
const rounds: { readonly bytes: Buffer; readonly sockets: Iterator<Socket> }[] = [];
let scheduled = false;

function chunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function run(): void {
  scheduled = false;
  const until = performance.now() + SLICE;
  for (let round = rounds[0]; round; round = rounds[0]) {
    for (let served = 1; ; served += 1) {
      const { value, done } = round.sockets.next();
      if (done) break;
      value.write(round.bytes);
      if (served % 32 === 0 && performance.now() > until) {
        schedule();
        return;
      }
    }
    rounds.shift();
  }
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(run);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

const server = createServer(async (request, response) => {
  if (request.method === "GET") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    const { socket } = request;
    socket.setNoDelay(true);
    socket.write(chunk(OPENING));
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    return;
  }
  const body = await readBody(request);
  response.end("{}");
  rounds.push({ bytes: chunk(`data: ${body.slice(0, -1)}${ENVELOPE}`), sockets: sockets.values() });
  schedule();
});
server.listen({ host: "127.0.0.1", port: 0 });
await once(server, "listening");
const { port } = server.address() as AddressInfo;

answerCalls({ url: () => `http://127.0.0.1:${port}` });
