import { readFileSync } from "node:fs";

/** The options that say which hub to talk to, and as whom. */
export const hubArgs = {
  url: {
    type: "string",
    description: "Where the hub is (BELFRY_URL, default http://127.0.0.1:8787)",
    valueHint: "url",
  },
  token: {
    type: "string",
    description: "Token (better in BELFRY_TOKEN, or in the file that BELFRY_TOKEN_FILE names)",
    valueHint: "token",
  },
} as const;

/** Where the hub is and the token to show there. */
export interface Connection {
  readonly url: string;
  readonly token: string;
  /** What the token was named by: `--token`, or a setting. */
  readonly tokenName?: string;
}

/** Reads where the hub is; undefined where nothing says so. `action` stands in the error. @throws {TypeError} for a bad URL */
export function readUrl(args: { readonly url?: string | undefined }, action: string): string | undefined {
  const url = args.url || process.env["BELFRY_URL"] || undefined;
  if (url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return url;
  throw new TypeError(`Cannot ${action}: "${url}" is not an http or https URL; change --url or BELFRY_URL`);
}

/** Reads where to connect; `action` stands in the error. @throws {TypeError} for a bad URL or a missing token. */
export function readConnection(
  args: { readonly url?: string | undefined; readonly token?: string | undefined },
  action: string,
): Connection {
  const { BELFRY_TOKEN, BELFRY_TOKEN_FILE } = process.env;
  const url = readUrl(args, action) ?? "http://127.0.0.1:8787";
  const token = args.token || BELFRY_TOKEN || (BELFRY_TOKEN_FILE && readFileSync(BELFRY_TOKEN_FILE, "utf8").trim());
  const tokenName = args.token ? "--token" : BELFRY_TOKEN ? "BELFRY_TOKEN" : "BELFRY_TOKEN_FILE";
  if (token) return { url, token, tokenName };
  throw new TypeError(
    `Cannot ${action}: no token; set BELFRY_TOKEN (on the hub's machine, "belfry token create NAME" makes one)`,
  );
}

/** The failure of a call whose token the hub does not take for anybody's; `action` stands in it. */
export function tokenFailure({ url, tokenName = "the token" }: Connection, action: string): Error {
  return new Error(`Cannot ${action} at ${url}: ${tokenName} is not valid (unknown, revoked or expired)`);
}

/** The parts of a list that is written with commas; undefined when there is none. */
export function splitList(text: string | undefined): string[] | undefined {
  const parts = text?.split(",").map((part) => part.trim());
  const named = parts?.filter((part) => part !== "");
  return named && named.length > 0 ? named : undefined;
}
