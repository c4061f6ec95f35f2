import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** Ends the run with the line `<n> passed, <n> failed`. A file that cannot be loaded and an error outside a test each fail. */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed += 1;
        else if (state === "failed") failed += 1;
      }
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
    }
    // The default reporter's own closing lines come first.
    process.once("exit", () => console.log(`${passed} passed, ${failed} failed`));
  }
}
