/** Where compiled modules are kept. Plain JavaScript, because it has to come before the first TypeScript. */
import { statSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Beside the packages: whoever can write here can change the program anyway. Node's own choice, the folder for temporary
 * files, belongs to everybody, who could leave code there for others to run.
 */
export const COMPILE_CACHE = fileURLToPath(new URL("../node_modules/.cache/belfry", import.meta.url));

const PACKAGES = new URL("../node_modules", import.meta.url);

/**
 * Keeps what this process, its threads and its children compile for the next start, where the folder can be written. Not
 * for another user than the one who installed the packages: root would leave files there that nobody else can delete.
 */
export function keepCompiled() {
  if (process.getuid && statSync(PACKAGES).uid !== process.getuid()) return;
  // Threads learn of it by the environment alone; a Node of before 22 does not know it.
  process.env.NODE_COMPILE_CACHE ||= COMPILE_CACHE;
  module.enableCompileCache?.();
}
