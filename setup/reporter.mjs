/**
 * The spec reporter, and what it does not do: name the tests that were skipped, just above its summary, and fail the run for them
 * in CI, where everything must be installed.
 */
import { Readable } from 'node:stream';
import { spec } from 'node:test/reporters';

/** @typedef {import('node:test/reporters').TestEvent} TestEvent */

/** @param {AsyncIterable<TestEvent>} events @returns {AsyncGenerator<string>} */
export default async function* report(events) {
  const inCi = process.env['CI'] === 'true' || process.env['CI'] === '1';
  yield* Readable.from(withSkips(events, inCi)).pipe(new spec());
}

/** @param {AsyncIterable<TestEvent>} events @param {boolean} inCi @returns {AsyncGenerator<TestEvent>} */
export async function* withSkips(events, inCi) {
  /** @type {string[]} */
  const skipped = [];
  for await (const event of events) {
    if ((event.type === 'test:pass' || event.type === 'test:fail') && event.data.skip !== undefined) {
      skipped.push(`SKIPPED ${event.data.name}: ${event.data.skip === true ? 'no reason given' : event.data.skip}`);
    }
    if (isSummaryStart(event)) {
      for (const line of skipped) yield note(line);
      if (inCi && skipped.length > 0) {
        yield note(`FAILED: ${skipped.length} skipped, and in CI a skipped test is a failure`);
        process.exitCode = 1;
      }
    }
    yield event;
  }
}

/** The totals come as diagnostics at the top level, "tests N" first. @param {TestEvent} event */
function isSummaryStart(event) {
  return event.type === 'test:diagnostic' && event.data.nesting === 0 && /^tests \d+$/.test(event.data.message);
}

/** @param {string} message @returns {TestEvent} */
function note(message) {
  return { type: 'test:diagnostic', data: { message, nesting: 0, level: 'info' } };
}
