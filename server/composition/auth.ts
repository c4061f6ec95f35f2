import { AccessBook } from "../auth/access_book.ts";
import { Accounts } from "../auth/accounts.ts";
import { TrustedProxies } from "../auth/address.ts";
import { Attempts } from "../auth/attempts.ts";
import { Authenticator } from "../auth/authenticate.ts";
import { FirstRun } from "../auth/first_run.ts";
import { JwtVerifier } from "../auth/jwt.ts";
import { RateLimits } from "../auth/limits.ts";
import { Passwords } from "../auth/password.ts";
import { StreamLimits } from "../auth/stream_limits.ts";
import type { Ground } from "./ground.ts";
import type { Storage } from "./storage.ts";

/** Who calls, what they may, and how often. */
export type Auth = ReturnType<typeof buildAuth>;

/** Builds server/auth; `publicUrl` is where users reach the hub, once that is known. */
export function buildAuth(ground: Ground & Storage, publicUrl: () => string) {
  const { db, writer, config, now, logger, stack, secure, passwordCost } = ground;
  const access = stack.use(new AccessBook(db, writer));
  const authenticator = stack.use(
    new Authenticator({
      ...{ db, writer, access, now, secure },
      adminToken: config.adminToken,
      jwt: createJwtVerifier(ground),
      onRefused: (reason) => logger.warn({ reason }, "A JSON web token was refused"),
      onEmailTaken: (user, other) =>
        logger.warn(
          { user, other },
          "A new user of an application has another's e-mail address, and is made without it",
        ),
    }),
  );
  const proxies = new TrustedProxies(config.trustedProxies, (address) =>
    logger.warn({ address }, "X-Forwarded-For is ignored: its sender is not in BELFRY_TRUSTED_PROXIES"),
  );
  const streamLimits = new StreamLimits({
    maxStreams: config.maxStreams,
    perUser: config.maxStreamsPerUser,
    perToken: config.maxStreamsPerToken,
    perAddress: config.maxStreamsPerAddress,
    openRate: config.streamOpenRate,
  });
  const firstRun = new FirstRun(now);
  const attempts = new Attempts(now);
  const passwords = new Passwords(passwordCost);
  const accounts = new Accounts({ db, writer, now, publicUrl, secure, firstRun, attempts, passwords });
  return { access, authenticator, limits: new RateLimits(config), proxies, streamLimits, firstRun, accounts };
}

/** Checks tokens of the team's own application, when one is set. */
function createJwtVerifier({ config, now, logger }: Ground): JwtVerifier | undefined {
  const { jwtSecret: secret, jwtJwksUrl: jwksUrl, jwtIssuer: issuer, jwtAudience: audience, adminEmails } = config;
  if (!secret && !jwksUrl) return undefined;
  if (jwksUrl && !(issuer && audience)) {
    logger.warn(
      "With BELFRY_JWT_JWKS_URL set BELFRY_JWT_ISSUER and BELFRY_JWT_AUDIENCE too: else tokens that the issuer signs for other services are taken as well",
    );
  }
  const onUnavailable = (err: Error) => logger.warn({ err }, "The keys of JSON web tokens cannot be fetched");
  return new JwtVerifier({ secret, jwksUrl, issuer, audience, adminEmails, now, onUnavailable });
}
