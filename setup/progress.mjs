/** What a person waiting for set-up sees: one line when something slow begins, why it is slow, and how long it took. On stderr. */

const stillRunningEveryMs = 60_000;

/** @param {string} line */
export function say(line) {
  process.stderr.write(`countersign: ${line}\n`);
}

/**
 * Runs `body`, announcing it before and its duration after. The announcement carries how long it takes and how often.
 * @template T
 * @param {string} doing for example "building re2 for Node 24"
 * @param {string} cost for example "about 2 minutes, once per machine"
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function announced(doing, cost, body) {
  const startedMs = performance.now();
  const elapsed = () => formatElapsed(performance.now() - startedMs);
  say(`${doing} (${cost})`);
  const timer = setInterval(() => say(`still ${doing} (${elapsed()})`), stillRunningEveryMs);
  try {
    const result = await body();
    say(`done in ${elapsed()}: ${doing}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** @param {number} elapsedMs @returns {string} "0.4 s", "12 s", "2 min 3 s" */
export function formatElapsed(elapsedMs) {
  if (elapsedMs < 10_000) return `${(elapsedMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(elapsedMs / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
