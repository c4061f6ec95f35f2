import { SignJWT } from "jose";
import type { TokenView } from "../server/trpc/tokens.ts";
import type { TestServer } from "./_server.ts";

/** The password of everybody in these tests. */
export const PASSWORD = "correct horse battery staple";
/** For `BELFRY_JWT_SECRET`: what the team's own application would sign with. */
export const JWT_SECRET = "an-example-secret-for-tests-only-0123456789";

/** With what somebody comes; the headers of a request. */
export type Credential = Readonly<Record<string, string>>;

/** A tRPC answer. */
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: T;
}

/** Calls a mutation, with these headers only. */
export async function mutate<T = unknown>(
  server: Pick<TestServer, "url">,
  path: string,
  input: unknown,
  headers: Credential = {},
): Promise<Answer<T>> {
  const body = input === undefined ? null : JSON.stringify(input);
  const type = { "content-type": "application/json" };
  return await read(
    await fetch(`${server.url}/trpc/${path}`, { method: "POST", headers: { ...type, ...headers }, body }),
  );
}

/** Calls a query, with these headers only. */
export async function query<T = unknown>(
  server: Pick<TestServer, "url">,
  path: string,
  input: unknown,
  headers: Credential = {},
): Promise<Answer<T>> {
  const search = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  return await read(await fetch(`${server.url}/trpc/${path}${search}`, { headers }));
}

/** What a browser keeps of an answer that signs in. */
export function cookieOf({ status, headers, text }: Answer<unknown>): Credential {
  const cookie = headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  if (status !== 200 || !cookie.startsWith("belfry_session=")) throw new Error(`not signed in: ${status} ${text}`);
  return { cookie };
}

/** Signs in with an address `<id>@example.com`. */
export async function signIn(server: TestServer, id: string, headers: Credential = {}): Promise<Credential> {
  return cookieOf(await mutate(server, "session.signIn", { email: `${id}@example.com`, password: PASSWORD }, headers));
}

/** The one-time secret of an answer that has a link. */
export function secretOf({ data }: Answer<unknown>): string {
  return new URL((data as { link: string }).link).hash.slice(1);
}

/** A user to make. */
interface Invited {
  readonly id: string;
  readonly role?: "admin" | "member";
  /** What was sent to a deleted user of this id is this one's. */
  readonly adopt?: boolean;
}

/** Invites a user as `admin`, who accepts and is signed in. */
export async function makeUser(
  server: TestServer,
  admin: Credential,
  { id, role = "member", adopt = false }: Invited,
): Promise<Credential> {
  const invited = await mutate(server, "users.invite", { id, email: `${id}@example.com`, role, adopt }, admin);
  if (invited.status !== 200) throw new Error(`users.invite answered ${invited.status}: ${invited.text}`);
  return cookieOf(await mutate(server, "session.acceptLink", { secret: secretOf(invited), password: PASSWORD }));
}

/** A token with its secret, as a credential. */
export interface MadeToken {
  readonly id: number;
  readonly secret: string;
  readonly headers: Credential;
}

let serial = 0;

/** Makes a token of its owner's own; without a name, of one that no other has. */
export async function makeToken(server: TestServer, owner: Credential, input: object): Promise<MadeToken> {
  serial += 1;
  const made = await mutate<TokenView & { secret: string }>(
    server,
    "tokens.create",
    { name: `program-${serial}`, ...input },
    owner,
  );
  if (made.status !== 200) throw new Error(`tokens.create answered ${made.status}: ${made.text}`);
  const { id, secret } = made.data;
  return { id, secret, headers: { authorization: `Bearer ${secret}` } };
}

/** Signs a JWT as the team's application would with {@linkcode JWT_SECRET}; times in unix s. */
export async function signJwt(payload: Record<string, unknown>): Promise<Credential> {
  const token = await new SignJWT(payload)
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(JWT_SECRET));
  return { authorization: `Bearer ${token}` };
}

async function read<T>(response: Response): Promise<Answer<T>> {
  const text = await response.text();
  const { status, headers } = response;
  const parsed = headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : undefined;
  return { status, headers, text, data: parsed?.result?.data as T };
}
