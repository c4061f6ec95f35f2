import { posix } from "node:path";
import { lineOf, type Source, type Violation } from "./source.ts";

/** What a room may import beside itself, by path or the beginning of one. `type:` allows `import type` only. */
interface Room {
  readonly path: string;
  readonly imports: readonly string[];
}

/** What callers do with the hub, where their rights and the hub meet. */
const DESKS = ["server/publishing/", "server/reading/", "server/catalogue/"];

/** The import arrows of the house. The first room that holds a file is its own. */
const ROOMS: readonly Room[] = [
  { path: "db/", imports: [] },
  { path: "server/main.ts", imports: ["server/", "db/"] },
  {
    path: "server/composition/",
    imports: [
      "type:server/config.ts",
      ...["server/http/", "server/trpc/", ...DESKS, "server/auth/", "server/hub/", "server/rules/", "db/"],
    ],
  },
  { path: "server/config.ts", imports: ["server/rules/"] },
  { path: "server/listen.ts", imports: ["type:server/config.ts"] },
  { path: "server/logger.ts", imports: ["type:server/config.ts"] },
  { path: "server/clock.ts", imports: [] },
  { path: "server/rules/", imports: [] },
  { path: "server/publishing/", imports: ["server/catalogue/", "server/auth/", "server/hub/", "server/rules/", "db/"] },
  { path: "server/reading/", imports: ["server/auth/", "server/hub/", "server/rules/", "db/"] },
  { path: "server/catalogue/", imports: ["server/auth/", "server/rules/", "db/"] },
  { path: "server/hub/", imports: ["server/rules/", "db/"] },
  { path: "server/auth/", imports: ["server/rules/", "db/"] },
  { path: "server/http/", imports: [...DESKS, "server/auth/", "server/hub/", "server/rules/", "db/"] },
  {
    path: "server/trpc/",
    imports: ["server/http/errors.ts", ...DESKS, "server/auth/", "server/hub/", "server/rules/", "db/"],
  },
  { path: "web/client/", imports: ["type:server/"] },
  { path: "web/app/", imports: ["web/client/"] },
  { path: "web/bell/", imports: ["web/client/"] },
  { path: "web/vite.config.ts", imports: [] },
  { path: "scripts/", imports: ["web/client/", "server/", "db/"] },
  { path: "test/", imports: [""] },
];

/** `import … from "x"`, `export … from "x"`, `import "x"`; in one: whether it is `type`, and the specifier. */
const STATIC = /^\s*(?:import|export)\s+(type\s+(?!from\b))?(?:[\w$*{][^"';]*?\bfrom\s*)?["']([^"'\n]+)["']/gm;
/** `import("x")` and `new URL("x", import.meta.url)`, which is how threads are started. */
const DYNAMIC = /(?:\bimport\(\s*|\bnew URL\(\s*(?=["'][^"']*\.m?[jt]sx?["']))["']([^"'\n]+)["']/g;

/** Checks that a file imports only what its room may, with an explicit ending. */
export function checkArrows({ path, text, code, bare }: Source): Violation[] {
  const found = [...code.matchAll(STATIC)].map(({ index, 0: all, 1: type, 2: to = "" }) => ({
    // The match may begin on an empty line before.
    index: index + all.search(/\S/),
    isType: type !== undefined,
    to,
  }));
  for (const { index, 1: to = "" } of code.matchAll(DYNAMIC)) found.push({ index, isType: false, to });
  // Inside a string, in which `bare` is empty, nothing is imported.
  const real = found.filter(({ index }) => bare.charAt(index) !== " ");
  return real.flatMap(({ index, isType, to }) => {
    const message = to.startsWith(".") ? judge(path, posix.join(posix.dirname(path), to), isType) : undefined;
    return message ? [{ path, line: lineOf(text, index), rule: "arrows", message }] : [];
  });
}

function judge(from: string, to: string, isType: boolean): string | undefined {
  if (!/\.(m?[jt]s|tsx|css|json)$/.test(to)) return `${to} has no ending; write the file's full name`;
  const room = ROOMS.find(({ path }) => from.startsWith(path));
  if (!room) return `${from} is in no room of the house; add it to scripts/checks/arrows.ts`;
  if (to.startsWith(room.path)) return undefined;
  if (room.imports.some((allowed) => to.startsWith(allowed))) return undefined;
  const asType = room.imports.some((allowed) => allowed.startsWith("type:") && to.startsWith(allowed.slice(5)));
  if (asType && isType) return undefined;
  return `${room.path} may ${asType ? "only `import type` from" : "not import"} ${to}`;
}
