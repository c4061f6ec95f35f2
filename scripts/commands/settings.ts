import { type Config, readConfig } from "../../server/config.ts";

/** The option that names the data folder. */
export const dataArg = {
  type: "string",
  description: "Data folder (BELFRY_DATA, default ./data)",
  valueHint: "folder",
} as const;

/** The configuration of the environment, with what the command line gave instead: settings by their BELFRY_ names. */
export function readSettings(given: Readonly<Record<string, string | undefined>>): Config {
  const overrides = Object.entries(given).filter(([, value]) => value !== undefined);
  return readConfig({ ...process.env, ...Object.fromEntries(overrides) });
}

/** What to know about a configuration that works and is hardly meant; undefined: nothing. */
export function adviseProxy({ publicUrl, trustedProxies }: Config): string | undefined {
  if (!publicUrl?.startsWith("https:") || trustedProxies.length > 0) return undefined;
  return "BELFRY_PUBLIC_URL is https, so a proxy is in front, but none is trusted: all clients count as one address, and one who guesses passwords makes all wait; set BELFRY_TRUSTED_PROXIES";
}
