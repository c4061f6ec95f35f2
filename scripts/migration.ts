/** `npm run migration -- <name>`: writes the next migration from db/schema.ts, with every table STRICT and lean. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = new URL("../db/migrations/", import.meta.url);

/** Makes every table of a migration STRICT, and WITHOUT ROWID where its key has several columns: Drizzle cannot say so. */
export function makeStrict(sql: string): string {
  return sql.replaceAll(/^(CREATE TABLE [\s\S]*?\n\));/gm, (_, table: string) =>
    /^\tPRIMARY KEY\(/m.test(table) ? `${table} STRICT, WITHOUT ROWID;` : `${table} STRICT;`,
  );
}

function main([name]: readonly string[]): void {
  if (!name || !/^[a-z][a-z0-9_]*$/.test(name)) {
    console.error("Cannot write a migration: give its name in snake_case: npm run migration -- add_read_marks");
    process.exitCode = 2;
    return;
  }
  const before = new Set(readdirSync(FOLDER));
  const args = ["exec", "--", "drizzle-kit", "generate", "--config", "db/drizzle.config.ts", "--name", name];
  const { status } = spawnSync("npm", args, { cwd: ROOT, stdio: "inherit" });
  const added = readdirSync(FOLDER).filter((file) => file.endsWith(".sql") && !before.has(file));
  for (const file of added) {
    const path = new URL(file, FOLDER);
    writeFileSync(path, makeStrict(readFileSync(path, "utf8")));
    console.log(`Wrote db/migrations/${file}`);
  }
  process.exitCode = status ?? 1;
}

if (import.meta.main) main(process.argv.slice(2));
