import { expect, test } from "vitest";
import { openDatabase } from "../../db/database.ts";
import { readConfig } from "../../server/config.ts";
import { startServer } from "../../server/main.ts";
import { mutate, PASSWORD } from "../_people.ts";
import { startTestServer } from "../_server.ts";
import { makeTempFolder } from "../_temp.ts";

const email = "ada@example.com";

/** The hash of the only user's password, as it is stored. */
function storedHash(folder: string): string {
  using db = openDatabase(folder, { readonly: true });
  return db.sqlite.prepare("SELECT password_hash FROM users").pluck().get() as string;
}

test("a server that is told nothing hashes at OWASP's cost, and what is hashed is verified at its own", async () => {
  using folder = makeTempFolder();
  {
    const config = readConfig({ BELFRY_PORT: "0", BELFRY_DATA: folder.path, BELFRY_LOG_LEVEL: "silent" });
    await using plain = await startServer(config);
    const secret = new URL(plain.setUpLink ?? "").hash.slice(1);
    const answer = await mutate(plain, "session.setUp", { secret, email, password: PASSWORD });
    expect(answer.status).toBe(200);
  }
  expect(storedHash(folder.path)).toMatch(/^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
  await using cheap = await startTestServer({ folder: folder.path });
  expect(await mutate(cheap, "session.signIn", { email, password: PASSWORD })).toMatchObject({ status: 200 });
  expect(await mutate(cheap, "session.signIn", { email, password: `${PASSWORD}s` })).toMatchObject({ status: 401 });
});
