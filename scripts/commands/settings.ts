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

/** Where a server of this configuration is reached from its own machine. */
export function localUrl({ host, port }: Pick<Config, "host" | "port">): string {
  const reachable = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}
