/** Whether this run is `npm run test:long` (setup/run.mjs). The only place that asks. */
const isLong = process.env['COUNTERSIGN_TEST_LONG'] === '1';

/** What a test does often when there is time, and a few times in `npm test`. */
export const times = (long: number, short: number): number => (isLong ? long : short);
