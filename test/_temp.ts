import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of one test's own, removed when disposed. */
export interface TempFolder extends Disposable {
  readonly path: string;
}

/** Makes an empty folder. */
export function makeTempFolder(): TempFolder {
  const path = mkdtempSync(join(tmpdir(), "belfry-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
