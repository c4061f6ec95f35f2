/** Browsers by the word that names them; those that also carry another's word stand before it. */
const BROWSERS = [
  ["Edg", "Edge"],
  ["OPR", "Opera"],
  ["SamsungBrowser", "Samsung Internet"],
  ["Firefox", "Firefox"],
  ["FxiOS", "Firefox"],
  ["CriOS", "Chrome"],
  ["Chrome", "Chrome"],
  ["Safari", "Safari"],
] as const;

const SYSTEMS = [
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Android", "Android"],
  ["Windows", "Windows"],
  ["Macintosh", "macOS"],
  ["CrOS", "ChromeOS"],
  ["Linux", "Linux"],
] as const;

/** Says a User-Agent header (RFC 9110, section 10.1.5) in short: `Firefox on Linux`, `curl`. */
export function describeAgent(agent: string): string {
  const browser = BROWSERS.find(([word]) => agent.includes(`${word}/`))?.[1];
  const system = SYSTEMS.find(([word]) => agent.includes(word))?.[1];
  if (browser) return system ? `${browser} on ${system}` : browser;
  return agent.split(/[/\s]/, 1)[0] || "Unknown program";
}
