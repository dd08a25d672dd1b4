import type { Reporter, TestModule } from 'vitest/node';

/** Ends the run with one plain line that any log reader understands, after what was not run and why. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    const skips = tests.map((test) => test.result()).filter((result) => result.state === 'skipped');
    const skipped = skips.length;
    const reasons = new Set(skips.map(({ note = 'a test was skipped' }) => note));
    for (const reason of reasons) process.stdout.write(`\nNOT RUN: ${reason}\n`);
    const brokenFiles = modules.filter(
      (module) => !module.ok() && [...module.children.allTests('failed')].length === 0,
    );
    const failed = tests.length - passed - skipped + brokenFiles.length + errors.length;
    process.stdout.write(
      `\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
    );
  }
}
