import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, the longest first: begun last, it would run on alone when all else is done. */
const LONGEST = [
  "test/trpc/crash_in_time.test.ts",
  "test/web/browser/accounts.test.ts",
  "test/soak.test.ts",
  "test/trpc/escalation.test.ts",
  "test/auth/jwt_keys.test.ts",
  "test/scripts/access.test.ts",
  "test/http/hardening.test.ts",
  "test/hub/stream_life.test.ts",
  "test/hub/limits.test.ts",
  "test/http/proxy.test.ts",
  "test/scripts/cli.test.ts",
];

/** Vitest's own order (the longest of the last run first, or the largest files), but with the longest known first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((path) => moduleId.endsWith(path));
      return index < 0 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
