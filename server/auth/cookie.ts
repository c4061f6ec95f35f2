/**
 * Name of the session's cookie. With `__Host-` a browser takes it over https from this very host only, so that a page
 * of a neighbouring name cannot put another's session in its place.
 */
function nameOf(secure: boolean): string {
  return secure ? "__Host-belfry_session" : "belfry_session";
}

/** The value of the session's cookie in a Cookie header. */
export function readSessionCookie(header: string | null | undefined, secure: boolean): string | undefined {
  for (const pair of header?.split(";") ?? []) {
    const [name, value] = pair.split("=", 2);
    if (name?.trim() === nameOf(secure) && value) return value.trim();
  }
  return undefined;
}

/** How a session's cookie is set. */
export interface CookieOptions {
  /** Seconds; 0 removes the cookie. */
  readonly maxAge: number;
  /** Only over https. */
  readonly secure: boolean;
}

/** A Set-Cookie header for the session: out of reach of scripts and of other sites' requests. */
export function writeSessionCookie(value: string, { maxAge, secure }: CookieOptions): string {
  const parts = [`${nameOf(secure)}=${value}`, "Path=/", `Max-Age=${maxAge}`, "HttpOnly", "SameSite=Lax"];
  return [...parts, ...(secure ? ["Secure"] : [])].join("; ");
}
