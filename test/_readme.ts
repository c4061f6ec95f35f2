import { readFileSync } from "node:fs";

/** The text of README.md. */
export const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The one code block of a language that holds a text. */
export function readmeBlock(language: string, holds = ""): string {
  const blocks = [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, of, code = ""]) => of === language && code.includes(holds))
    .map(([, , code = ""]) => code);
  const [only] = blocks;
  if (only === undefined || blocks.length > 1) {
    throw new RangeError(`README.md has ${blocks.length} blocks of ${language} with "${holds}", not one`);
  }
  return only;
}

/** Replaces what must be there: an example that changed must not pass by accident. */
export function replaceAllOf(text: string, replacements: Readonly<Record<string, string>>): string {
  return Object.entries(replacements).reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new RangeError(`there is no "${from}" in: ${text}`);
    return result.replaceAll(from, to);
  }, text);
}
