import type { TestServer } from "./_server.ts";

/** Makes the server's first admin, whose user id is `admin`, and answers with the session's cookie. */
export async function signInAdmin(server: TestServer): Promise<string> {
  const secret = new URL(server.running.setUpLink ?? "").hash.slice(1);
  const input = { secret, email: "admin@example.com", password: "correct horse battery staple" };
  const response = await fetch(`${server.url}/trpc/session.setUp`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`session.setUp answered ${response.status}: ${await response.text()}`);
  await response.body?.cancel();
  return (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
}
