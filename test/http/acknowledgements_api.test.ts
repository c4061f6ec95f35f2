import { afterAll, beforeAll, expect, test } from "vitest";
import { type Credential, makeUser } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

let server: TestServer;
let ann: Credential;
beforeAll(async () => {
  server = await startTestServer();
  ann = await makeUser(server, { cookie: await signInAdmin(server) }, { id: "ann" });
});
afterAll(() => server[Symbol.asyncDispose]());

async function call(method: "GET" | "POST", path: string, headers: Credential = ann) {
  const response = await fetch(`${server.url}/api/notifications/${path}`, {
    method,
    headers: { ...headers, origin: server.url },
  });
  expect(response.headers.get("cache-control")).toBe("no-store");
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("a notification is acknowledged over REST, without a body, and its status read", async () => {
  const { id } = await server.publish({ message: "m", ack: "anyone" });
  expect(await call("GET", `${id}/status`)).toMatchObject({
    status: 200,
    body: { id, ack: "anyone", settled: false, view: "own", outstanding: ["ann"] },
  });
  const { status, body } = await call("POST", `${id}/ack`);
  expect({ status, body }).toEqual({ status: 200, body: { id, at: expect.any(String), settled: true } });
  expect((await call("POST", `${id}/ack`)).body).toEqual(body);
  expect(await call("GET", `${id}/status`)).toMatchObject({
    body: { settled: true, acknowledged: [{ user: "ann", at: body["at"] }], outstanding: [] },
  });
});

test("what cannot be acknowledged is refused with the reason", async () => {
  const { id } = await server.publish({ message: "m" });
  const refusal = (code: string, reason: RegExp) => ({ error: { code, message: expect.stringMatching(reason) } });
  expect(await call("POST", `${id}/ack`)).toEqual({ status: 409, body: refusal("CONFLICT", /asks for no ack/) });
  expect(await call("POST", "999999/ack")).toEqual({ status: 404, body: refusal("NOT_FOUND", /none with this id/) });
  expect(await call("POST", "x/ack")).toMatchObject({ status: 400, body: { error: { issues: [{ path: "id" }] } } });
  expect(await call("GET", "0/status")).toMatchObject({ status: 400, body: { error: { issues: [{ path: "id" }] } } });
  expect((await call("POST", `${id}/ack`, {})).status).toBe(401);
});
