import { type Config, ConfigError, readConfig } from "../../server/config.ts";

/** The option that names the data folder. */
export const dataArg = {
  type: "string",
  description: "Data folder (BELFRY_DATA, default ./data)",
  valueHint: "folder",
} as const;

/**
 * The configuration of the environment, with what the command line gave instead: settings by their BELFRY_ names.
 *
 * @throws {ConfigError} which names the option, where that is what cannot be.
 */
export function readSettings(given: Readonly<Record<string, string | undefined>>): Config {
  const overrides = Object.entries(given).filter(([, value]) => value !== undefined);
  try {
    return readConfig({ ...process.env, ...Object.fromEntries(overrides) });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const given = new Set(overrides.map(([name]) => name));
    throw new ConfigError(error.message.replaceAll(/\bBELFRY_\w+/g, (name) => (given.has(name) ? flagOf(name) : name)));
  }
}

/** The option of a setting: `--public-url` of `BELFRY_PUBLIC_URL`. */
function flagOf(name: string): string {
  return `--${name.slice("BELFRY_".length).toLowerCase().replaceAll("_", "-")}`;
}

/** What to know about a configuration that works and is hardly meant; undefined: nothing. */
export function adviseProxy({ publicUrl, trustedProxies }: Config): string | undefined {
  if (!publicUrl?.startsWith("https:") || trustedProxies.length > 0) return undefined;
  return "BELFRY_PUBLIC_URL is https, so a proxy is in front, but none is trusted: all clients count as one address, and one who guesses passwords makes all wait; set BELFRY_TRUSTED_PROXIES";
}
