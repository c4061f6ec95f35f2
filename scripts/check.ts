/** `npm run check`, its last part: the rules of the house that no compiler knows. One line for each violation. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkFile } from "./checks/rules.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["db", "server", "web", "scripts", "test"];

const files = FOLDERS.flatMap((folder) =>
  readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((path) => /\.(m?[jt]s|tsx)$/.test(path) && !/\/(dist|node_modules)\//.test(path)),
).sort();
const violations = files.flatMap((path) => checkFile(path, readFileSync(`${ROOT}${path}`, "utf8")));

for (const { path, line, rule, message } of violations) console.error(`${path}:${line} ${rule} ${message}`);
console.log(`${files.length} files checked against the rules of the house, ${violations.length} violations`);
process.exitCode = violations.length > 0 ? 1 : 0;
