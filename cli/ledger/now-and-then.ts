/** Below this a person does not wonder whether anything happens. */
const quietMs = 1000;

/** Says on stderr how far something is, at most once a second. */
export function nowAndThen(): (says: string) => void {
  let saidAt = performance.now();
  return (says) => {
    if (performance.now() - saidAt < quietMs) return;
    saidAt = performance.now();
    console.error(`${says} …`);
  };
}
