import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import { z } from "zod";
import type { Claims } from "../rules/access.ts";
import { newUserId, toPrintable } from "../rules/names.ts";
import { createRemoteKeys, type KeysUnavailableError } from "./remote_keys.ts";

/** How tokens of the team's own application are checked; exactly one of `secret` and `jwksUrl`. */
export interface JwtOptions {
  /** For HS256. */
  readonly secret?: string | undefined;
  /** For RS, PS, ES and EdDSA: where the public keys are. */
  readonly jwksUrl?: string | undefined;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** E-mail addresses whose owners are admins, in lower case. */
  readonly adminEmails: readonly string[];
  readonly now: () => number;
  /** Told of each time that the keys could not be fetched. */
  readonly onUnavailable: (error: KeysUnavailableError) => void;
}

/** What a valid token says. */
export interface JwtIdentity {
  readonly id: string;
  readonly email: string | null;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly claims: Claims;
  /** Unix ms; Infinity: the token names no end. */
  readonly expiresAt: number;
}

/** Asymmetric algorithms only: with a public key as its secret, HS256 would let anybody sign. */
const JWKS_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
/** How far clocks may be apart, in s. */
const CLOCK_TOLERANCE = 5;

const patterns = z.array(z.string().max(128)).max(200).default([]);
const payloadSchema = z.object({
  sub: newUserId,
  email: z.email().max(254).nullish(),
  /** Some issuers say it as text. */
  email_verified: z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]).nullish(),
  name: z.string().max(200).nullish(),
  roles: z.union([z.array(z.string()), z.string().transform((role) => [role])]).default([]),
  belfry: z.object({ read: patterns, publish: patterns }).default({ read: [], publish: [] }),
  exp: z.number().optional(),
});

/** Verifies JSON web tokens that another application signed. */
export class JwtVerifier {
  readonly #options: JwtOptions;
  readonly #verify: (token: string, options: JWTVerifyOptions) => Promise<{ readonly payload: JWTPayload }>;

  constructor(options: JwtOptions) {
    const { secret, jwksUrl, onUnavailable } = options;
    this.#options = options;
    if (secret) {
      const key = new TextEncoder().encode(secret);
      this.#verify = (token, rest) => jwtVerify(token, key, { ...rest, algorithms: ["HS256"] });
    } else {
      const keys = createRemoteKeys({ url: new URL(jwksUrl ?? ""), onUnavailable });
      this.#verify = (token, rest) => jwtVerify(token, keys, { ...rest, algorithms: JWKS_ALGORITHMS });
    }
  }

  /**
   * Who a token speaks for.
   *
   * @throws {Error} for a token that is refused; the message is for the log, never for the caller.
   * @throws {KeysUnavailableError} when it cannot be told now.
   */
  async verify(token: string): Promise<JwtIdentity> {
    const { issuer, audience, adminEmails, now } = this.#options;
    const { payload } = await this.#verify(token, {
      ...(issuer && { issuer }),
      ...(audience && { audience }),
      clockTolerance: CLOCK_TOLERANCE,
      currentDate: new Date(now()),
    });
    const { sub, email, email_verified: isVerified, name, roles, belfry, exp } = payloadSchema.parse(payload);
    // Whoever can claim an address at the issuer must not take it from its owner here.
    const address = isVerified === false ? null : (email?.toLowerCase() ?? null);
    return {
      id: sub,
      email: address,
      name: toPrintable(name ?? "") || (address ?? sub),
      isAdmin: roles.includes("admin") || (address !== null && adminEmails.includes(address)),
      claims: belfry,
      expiresAt: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1_000,
    };
  }
}

/** Whether a text has the form of a JWT. */
export function looksLikeJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);
}

/** Why a token was refused, in a few words for the log. */
export function whyRefused(error: unknown): string {
  if (error instanceof errors.JOSEError) return `${error.code}: ${error.message}`;
  if (!(error instanceof z.ZodError)) return String(error);
  return error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}
