import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { z } from "zod";
import { explainIssues } from "./rules/explain.ts";
import { UNKNOWN_USERS, type UnknownUsers } from "./rules/recipients.ts";

/** Everything that can be set. Times are in ms, sizes in bytes. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Absolute path of the data folder. */
  readonly data: string;
  /** Where users reach the hub; absent: http at host and port. */
  readonly publicUrl: string | undefined;
  readonly adminToken: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  readonly heartbeat: number;
  readonly stallTimeout: number;
  /** Longest life of a stream; 0: no limit. */
  readonly maxStreamLife: number;
  readonly maxStreams: number;
  readonly maxStreamsPerUser: number;
  readonly maxStreamsPerToken: number;
  readonly maxStreamsPerAddress: number;
  /** Streams opened per minute and address; 0: no limit, as for the four above. */
  readonly streamOpenRate: number;
  /** Publishes per minute of a token or user; requests per minute of an address. 0: no limit. */
  readonly publishRate: number;
  readonly requestRate: number;
  /** Addresses and networks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly jwtSecret: string | undefined;
  readonly jwtJwksUrl: string | undefined;
  readonly jwtIssuer: string | undefined;
  readonly jwtAudience: string | undefined;
  /** In lower case. */
  readonly adminEmails: readonly string[];
  /** What becomes of a notification to users whom the hub does not know. */
  readonly unknownUsers: UnknownUsers;
  readonly maxMessageBytes: number;
  readonly maxDataBytes: number;
}

/** The configuration cannot be used; the message says which setting, its value and what it must be. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** What Kubernetes puts into the environment for every service, when one is called belfry or belfry-something. */
const SERVICE_NAMES = /^BELFRY_(?:\w+_)?(?:SERVICE_(?:HOST|PORT\w*)|PORT_\d+_(?:TCP|UDP|SCTP)\w*)$/;
const SERVICE_LINK = /^(?:tcp|udp|sctp):\/\//;
const LINKED =
  "must be a port number; Kubernetes sets it for a service called belfry: set enableServiceLinks: false for the pod";

const seconds = z.coerce.number().positive();
const bytes = z.coerce.number().int().positive();
const list = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean),
  );
const limit = z.coerce.number().int().min(0);

const schema = z.object({
  BELFRY_HOST: z.string().min(1).default("127.0.0.1"),
  BELFRY_PORT: z
    .string()
    .default("8787")
    .refine((text) => !SERVICE_LINK.test(text), { error: LINKED, abort: true })
    .pipe(z.coerce.number<string>("must be a port number").int().min(0).max(65_535)),
  BELFRY_DATA: z.string().min(1).default("./data"),
  BELFRY_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: "must be an http or https URL", abort: true })
    .refine((text) => new URL(text).href === `${new URL(text).origin}/`, {
      error: "must be an address such as https://hub.example.com, without a path: the hub needs a host name of its own",
    })
    .optional(),
  BELFRY_ADMIN_TOKEN: z
    .string()
    .min(32, "must have at least 32 characters")
    .max(512, "must have at most 512 characters")
    .regex(/^[\x21-\x7e]+$/, "must hold printable ASCII characters without spaces")
    .optional(),
  BELFRY_ALLOWED_ORIGINS: list.pipe(
    z.array(
      z.string().refine((origin) => URL.canParse(origin) && new URL(origin).origin === origin, {
        error: "must list origins such as https://app.example.com, without a path or a closing slash",
      }),
    ),
  ),
  BELFRY_LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  BELFRY_HEARTBEAT: seconds.min(0.1).max(300).default(30),
  BELFRY_STALL_TIMEOUT: seconds.max(86_400).default(60),
  BELFRY_MAX_STREAM_LIFE: z.coerce
    .number()
    .min(0)
    .max(30 * 86_400)
    .default(0),
  BELFRY_MAX_STREAMS: limit.default(0),
  BELFRY_MAX_STREAMS_PER_USER: limit.default(0),
  BELFRY_MAX_STREAMS_PER_TOKEN: limit.default(0),
  BELFRY_MAX_STREAMS_PER_ADDRESS: limit.default(0),
  BELFRY_STREAM_OPEN_RATE: limit.default(0),
  BELFRY_PUBLISH_RATE: limit.default(0),
  BELFRY_REQUEST_RATE: limit.default(0),
  BELFRY_TRUSTED_PROXIES: list.pipe(
    z.array(z.string().refine(isNetwork, { error: "must list addresses or networks such as 127.0.0.1 or 10.0.0.0/8" })),
  ),
  BELFRY_JWT_SECRET: z.string().min(32, "must have at least 32 characters").optional(),
  BELFRY_JWT_JWKS_URL: z
    .url({ protocol: /^https?$/, error: "must be an http or https URL", abort: true })
    .refine((text) => isSafe(new URL(text)), "must begin with https: whoever changes the keys on their way is an admin")
    .optional(),
  BELFRY_JWT_ISSUER: z.string().min(1).optional(),
  BELFRY_JWT_AUDIENCE: z.string().min(1).optional(),
  BELFRY_ADMIN_EMAILS: list.pipe(z.array(z.email("must list e-mail addresses").toLowerCase())),
  BELFRY_UNKNOWN_USERS: z.enum(UNKNOWN_USERS).default("accept"),
  BELFRY_MAX_MESSAGE: bytes.max(1024 * 1024).default(16 * 1024),
  BELFRY_MAX_DATA: bytes.max(4 * 1024 * 1024).default(64 * 1024),
});

/** The environment variables that {@linkcode readConfig} knows. */
export const SETTINGS: readonly string[] = Object.keys(schema.shape);

/** Settings of the command-line client and of development, which a server leaves alone. */
const OTHERS = ["BELFRY_URL", "BELFRY_TOKEN", "BELFRY_DEV_PORT"];
const KNOWN = new Set([...SETTINGS, ...OTHERS].flatMap((name) => [name, `${name}_FILE`]));

/** Settings by name, as the environment holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration: the only reader of the environment. Each `NAME` may come from the file `NAME_FILE` names.
 *
 * @throws {ConfigError} for a value that cannot be, an unreadable file, or an unknown BELFRY_ name.
 */
export function readConfig(env: Environment = process.env): Config {
  const unknown = Object.keys(env).find(
    (name) => name.startsWith("BELFRY_") && !KNOWN.has(name) && !isServiceLink(name, env[name]),
  );
  if (unknown) throw new ConfigError(`Cannot start: there is no setting ${unknown}; see the table in README.md`);
  const values: Record<string, string> = {};
  for (const name of SETTINGS) {
    const value = env[name] || readSecretFile(name, env[`${name}_FILE`]);
    if (value) values[name] = value;
  }
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const faults = explainIssues(parsed.error.issues, values);
    throw new ConfigError(`Cannot start: ${faults.map(({ path, message }) => `${path} ${message}`).join("; ")}`);
  }
  const settings = parsed.data;
  if (settings.BELFRY_JWT_SECRET && settings.BELFRY_JWT_JWKS_URL) {
    throw new ConfigError("Cannot start: set BELFRY_JWT_SECRET or BELFRY_JWT_JWKS_URL, not both");
  }
  return {
    host: settings.BELFRY_HOST,
    port: settings.BELFRY_PORT,
    data: resolve(settings.BELFRY_DATA),
    publicUrl: settings.BELFRY_PUBLIC_URL,
    adminToken: settings.BELFRY_ADMIN_TOKEN,
    allowedOrigins: settings.BELFRY_ALLOWED_ORIGINS,
    logLevel: settings.BELFRY_LOG_LEVEL,
    heartbeat: settings.BELFRY_HEARTBEAT * 1_000,
    stallTimeout: settings.BELFRY_STALL_TIMEOUT * 1_000,
    maxStreamLife: settings.BELFRY_MAX_STREAM_LIFE * 1_000,
    maxStreams: settings.BELFRY_MAX_STREAMS,
    maxStreamsPerUser: settings.BELFRY_MAX_STREAMS_PER_USER,
    maxStreamsPerToken: settings.BELFRY_MAX_STREAMS_PER_TOKEN,
    maxStreamsPerAddress: settings.BELFRY_MAX_STREAMS_PER_ADDRESS,
    streamOpenRate: settings.BELFRY_STREAM_OPEN_RATE,
    publishRate: settings.BELFRY_PUBLISH_RATE,
    requestRate: settings.BELFRY_REQUEST_RATE,
    trustedProxies: settings.BELFRY_TRUSTED_PROXIES,
    jwtSecret: settings.BELFRY_JWT_SECRET,
    jwtJwksUrl: settings.BELFRY_JWT_JWKS_URL,
    jwtIssuer: settings.BELFRY_JWT_ISSUER,
    jwtAudience: settings.BELFRY_JWT_AUDIENCE,
    adminEmails: settings.BELFRY_ADMIN_EMAILS,
    unknownUsers: settings.BELFRY_UNKNOWN_USERS,
    maxMessageBytes: settings.BELFRY_MAX_MESSAGE,
    maxDataBytes: settings.BELFRY_MAX_DATA,
  };
}

/** Where a server is reached from its own machine: what listens on all addresses does so on the loopback's. */
export function localUrl({ host, port }: Pick<Config, "host" | "port">): string {
  return httpUrl({ host: { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host, port });
}

/** An address to listen on, as a URL. */
export function httpUrl({ host, port }: Pick<Config, "host" | "port">): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether nobody on the way can change what is fetched from there: over https, or from this machine. */
function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

function isNetwork(text: string): boolean {
  const [address = "", bits] = text.split("/", 2);
  const most = isIP(address) === 6 ? 128 : 32;
  return isIP(address) > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
}

function isServiceLink(name: string, value = ""): boolean {
  return SERVICE_NAMES.test(name) || (name.endsWith("_PORT") && SERVICE_LINK.test(value));
}

function readSecretFile(name: string, file: string | undefined): string | undefined {
  if (!file) return undefined;
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(`Cannot start: ${name}_FILE names ${file}, which cannot be read (${code})`, { cause });
  }
}
