/** Finds programs that the tests run. Plain JavaScript, because setup.mjs needs it before anything is installed. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a program; Debian keeps servers in /usr/sbin, which is not on everyone's PATH. */
export function findOnPath(name) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const file = process.platform === "win32" ? `${name}.exe` : name;
  return folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
}
