/** Checking a password takes a while. What happens to its user in that time counts. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { PASSWORD_COST } from "../../server/auth/password.ts";
import { type Answer, type Credential, makeUser, mutate, PASSWORD, query, secretOf, signIn } from "../_people.ts";
import { startTestServer, type TestServer } from "../_server.ts";
import { signInAdmin } from "../_session.ts";

const NEXT = "another long password";
let server: TestServer;
let admin: Credential;
beforeAll(async () => {
  server = await startTestServer({ env: { BELFRY_TRUSTED_PROXIES: "127.0.0.1" }, passwordCost: PASSWORD_COST });
  admin = { cookie: await signInAdmin(server) };
});
afterAll(() => server[Symbol.asyncDispose]());

let serial = 0;
let id: string;
let user: Credential;
beforeEach(async () => {
  serial += 1;
  id = `user-${serial}`;
  user = await makeUser(server, admin, { id });
});

let visitors = 0;
/** Calls from an address of its own, so that no limit says anything. */
function call(path: string, input: unknown, headers: Credential = {}): Promise<Answer<unknown>> {
  visitors += 1;
  return mutate(server, path, input, { "x-forwarded-for": `192.0.${visitors >> 8}.${visitors & 255}`, ...headers });
}

/** Waits until what was sent before has arrived. */
const arrival = () => query(server, "session.current", undefined);

/** Others who sign in, so that whoever comes next waits in line before a password is checked. */
async function crowd(size: number): Promise<readonly Promise<unknown>[]> {
  const attempts = Array.from({ length: size }, (_, i) =>
    call("session.signIn", { email: `no-${i}@example.com`, password: "x" }),
  );
  await arrival();
  return attempts;
}

const enter = (password = PASSWORD) => call("session.signIn", { email: `${id}@example.com`, password });
const resetSecret = async () => secretOf(await mutate(server, "users.resetPassword", { id }, admin));

/** Whether an answer is the one to a wrong password, and gives no session. */
async function expectWrong({ status, text, headers }: Answer<unknown>): Promise<void> {
  expect({ status, text }).toMatchObject({ status: 401, text: (await enter("not the password")).text });
  expect(headers.has("set-cookie")).toBe(false);
}

test.each(["users.disable", "users.delete"])(
  "signing in with the right password gives no session when %s comes before it is checked",
  async (path) => {
    const others = await crowd(8);
    const entering = enter();
    await arrival();
    expect(await mutate(server, path, { id }, admin)).toMatchObject({ status: 200 });
    await expectWrong(await entering);
    await Promise.all(others);
    const audit = await query<{ items: { action: string }[] }>(
      server,
      "audit.list",
      { target: `${id}@example.com` },
      admin,
    );
    expect(audit.data.items.map(({ action }) => action)).toContain("session.refused");
    if (path === "users.delete") return;
    await mutate(server, "users.enable", { id }, admin);
    await signIn(server, id);
    const { items } = (
      await query<{ items: unknown[] }>(server, "audit.list", { target: id, action: "session.create" }, admin)
    ).data;
    expect(items, "with the link, and just now").toHaveLength(2);
  },
);

test("signing in with a password that is replaced before it is checked gives no session", async () => {
  const secret = await resetSecret();
  const before = await crowd(4);
  const accepting = call("session.acceptLink", { secret, password: NEXT });
  await arrival();
  const between = await crowd(6);
  const entering = enter();
  await arrival();
  expect(await accepting).toMatchObject({ status: 200 });
  await expectWrong(await entering);
  await Promise.all([...before, ...between]);
  expect(await enter(NEXT)).toMatchObject({ status: 200 });
});

test("a password that a link has replaced changes none: the link's stays", async () => {
  const secret = await resetSecret();
  const before = await crowd(4);
  const accepting = call("session.acceptLink", { secret, password: NEXT });
  await arrival();
  const between = await crowd(6);
  const input = { currentPassword: PASSWORD, newPassword: "what a thief would like" };
  const changing = call("session.changePassword", input, user);
  await arrival();
  expect(await accepting).toMatchObject({ status: 200 });
  expect(await changing).toMatchObject({ status: 403, text: expect.stringContaining("the current one is wrong") });
  await Promise.all([...before, ...between]);
  expect(await enter(input.newPassword)).toMatchObject({ status: 401 });
  expect(await enter(NEXT)).toMatchObject({ status: 200 });
});

test("a link whose user is disabled while the password is hashed sets none, and is void from then on", async () => {
  const secret = await resetSecret();
  const others = await crowd(6);
  const accepting = call("session.acceptLink", { secret, password: NEXT });
  await arrival();
  await mutate(server, "users.disable", { id }, admin);
  const refused = await accepting;
  expect(refused).toMatchObject({ status: 401, text: expect.stringContaining("not valid any more") });
  expect(refused.headers.has("set-cookie")).toBe(false);
  await Promise.all(others);
  await mutate(server, "users.enable", { id }, admin);
  expect(await enter(NEXT)).toMatchObject({ status: 401 });
  expect(await call("session.acceptLink", { secret, password: NEXT })).toMatchObject({ status: 401 });
});
