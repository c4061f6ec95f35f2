import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { TrustedProxies } from "../auth/address.ts";
import type { Authenticator, Credentials } from "../auth/authenticate.ts";
import type { Caller } from "../auth/caller.ts";
import type { RateLimits } from "../auth/limits.ts";
import { corsHeaders, isOriginAllowed, type OriginRules } from "../auth/origin.ts";
import { limitBody } from "./body_limit.ts";
import { createRefusal, HttpError } from "./errors.ts";
import { StaticFirstRouter } from "./static_first_router.ts";

/** What the routes find in Hono's context: by `c.var`, or, where each µs counts, by `c.get`, which copies nothing. */
export interface HttpEnv {
  readonly Bindings: HttpBindings;
  readonly Variables: {
    readonly caller: Caller;
    readonly credentials: Credentials;
    readonly address: string;
    /** Who comes with the credentials now. */
    readonly authenticate: () => Caller | Promise<Caller>;
  };
}

/** What the application is made of. */
export interface AppOptions {
  readonly authenticator: Authenticator;
  readonly origins: OriginRules;
  /** Most bytes of a request's body. */
  readonly maxBody: number;
  readonly onError: (error: unknown) => void;
  readonly api: Hono<HttpEnv>;
  readonly operations: Hono<HttpEnv>;
  readonly assets: Hono<HttpEnv>;
  /** Answers everything under `/trpc`. */
  readonly trpc: (request: Request, call: HttpEnv["Variables"]) => Promise<Response>;
  readonly proxies: TrustedProxies;
  readonly limits: RateLimits;
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** For every answer of a hub that is reached over https: for a year, only so. */
export const HSTS = ["strict-transport-security", "max-age=31536000"] as const;

/** Headers of the page. */
const createHeaders = () =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      imgSrc: ["'self'", "data:", "https:"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
      formAction: ["'self'"],
    },
    referrerPolicy: "no-referrer",
    xFrameOptions: "DENY",
    // Where it belongs, every answer has it already.
    strictTransportSecurity: false,
  });

/** Mounts the routes in order: what guards all requests, then the API, then the page. */
export function createApp(options: AppOptions): Hono<HttpEnv> {
  const { authenticator, origins, maxBody, onError, api, operations, assets, trpc, proxies, limits } = options;
  const app = new Hono<HttpEnv>({ router: new StaticFirstRouter() });

  const refuse = createRefusal(onError);
  app.onError((error, c) => {
    const response = refuse(error, { action: "answer", input: undefined });
    // Without these the page of an allowed origin would learn no more than that something failed.
    const cors = Object.entries(corsHeaders(c.req.header("origin"), origins));
    for (const [name, value] of cors) response.headers.append(name, value);
    return response;
  });

  const limit = limitBody(maxBody);
  for (const path of ["/api/*", "/trpc/*"]) {
    app.use(path, async (c, next) => {
      const origin = c.req.header("origin");
      const cors = origin ? Object.entries(corsHeaders(origin, origins)) : [];
      if (c.req.method === "OPTIONS" && origin) {
        for (const [name, value] of cors) c.header(name, value);
        c.header("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS");
        c.header("access-control-allow-headers", "authorization, content-type, idempotency-key, last-event-id");
        c.header("access-control-max-age", "600");
        return c.body(null, 204);
      }
      const authorization = c.req.header("authorization");
      if (!SAFE.has(c.req.method) && !authorization && !isOriginAllowed(origin, c.req.header("host"), origins)) {
        const here = origins.publicUrl
          ? `this hub is used at ${new URL(origins.publicUrl).origin}; open it there, or `
          : "";
        throw new HttpError(
          "FORBIDDEN",
          `Cannot call from a page of ${origin}: ${here}add it to BELFRY_ALLOWED_ORIGINS`,
        );
      }
      const address = c.env?.incoming ? proxies.addressOf(c.env.incoming) : "";
      await limits.request(address);
      const credentials = { authorization, cookie: c.req.header("cookie") };
      c.set("caller", await authenticator.authenticate(credentials, address));
      c.set("credentials", credentials);
      c.set("address", address);
      c.set("authenticate", () => authenticator.authenticate(credentials));
      await limit(c, next);
      for (const [name, value] of cors) c.header(name, value, { append: name === "vary" });
      return undefined;
    });
  }

  app.all("/trpc/*", (c) => trpc(c.req.raw, c.var));
  app.route("/api", api);
  app.all("/api/*", (c) => {
    throw new HttpError("NOT_FOUND", `Cannot ${c.req.method} ${c.req.path}: there is no such route`);
  });
  app.route("/", operations);
  app.use("*", createHeaders());
  app.route("/", assets);
  return app;
}
