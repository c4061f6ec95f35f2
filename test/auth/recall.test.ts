import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { DirectWriter } from "../../db/direct_writer.ts";
import { Writer } from "../../db/writer.ts";
import { AccessBook } from "../../server/auth/access_book.ts";
import { Authenticator } from "../../server/auth/authenticate.ts";
import { NOBODY } from "../../server/auth/caller.ts";
import { hashSecret } from "../../server/auth/secrets.ts";
import { makeTempFolder } from "../_temp.ts";

const SYSTEM = { actor: { id: "system" }, at: 0 } as const;

test("who was looked up before rights changed is not remembered after that", async () => {
  using folder = makeTempFolder();
  // Another process, which revokes in one moment: this one learns of it when it looks.
  using other = new DirectWriter(folder.path);
  await using writer = await Writer.start(folder.path);
  using db = openDatabase(folder.path, { readonly: true });
  using access = new AccessBook(db, writer);
  const fail = (error: unknown) => expect.fail(String(error));
  const options = { db, writer, access, now: () => 1_000, secure: false, onRefused: fail, onEmailTaken: fail };
  using authenticator = new Authenticator(options);
  const secret = `bf_${"x".repeat(40)}`;
  const token = { name: "one", prefix: "bf_x", hash: hashSecret(secret), userId: null, scopes: ["read" as const] };
  const { id } = other.execute({
    kind: "token.create",
    input: { ...SYSTEM, ...token, patterns: ["*"], expiresAt: null },
  });
  const credentials = { authorization: `Bearer ${secret}` };
  const underWay = authenticator.authenticate(credentials);
  other.execute({ kind: "token.revoke", input: { ...SYSTEM, id, userId: null } });
  expect(() => access.require(NOBODY, "read", { name: "none", action: "read" })).toThrow("sign in");
  expect(await underWay, "it was valid when it was asked").toMatchObject({ kind: "token" });
  expect(await authenticator.authenticate(credentials)).toBe(NOBODY);
});
