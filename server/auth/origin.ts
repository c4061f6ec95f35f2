/** Which pages may call with a cookie. */
export interface OriginRules {
  /** The hub's own URL as its users see it; absent: taken from the Host header. */
  readonly publicUrl?: string | undefined;
  /** Further origins, exact. */
  readonly allowedOrigins: readonly string[];
}

/**
 * Whether a request may change state. Browsers send `Origin` with every such request, other programs send none, and a
 * page of another site cannot forge it; so a foreign one is refused.
 */
export function isOriginAllowed(
  origin: string | null | undefined,
  host: string | null | undefined,
  rules: OriginRules,
): boolean {
  if (!origin) return true;
  if (rules.allowedOrigins.includes(origin)) return true;
  if (rules.publicUrl) return origin === new URL(rules.publicUrl).origin;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** The CORS headers of an answer to a page of an allowed origin; none for any other. */
export function corsHeaders(
  origin: string | null | undefined,
  { allowedOrigins }: OriginRules,
): Record<string, string> {
  if (!origin || !allowedOrigins.includes(origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    vary: "origin",
  };
}
