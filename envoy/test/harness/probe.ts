/** What a service says about itself. `base`: of its probes. */
export interface Ready {
  readonly status: number;
  readonly reasons: readonly unknown[];
  readonly degraded: readonly unknown[];
}

export async function readyz(base: string): Promise<Ready> {
  const answer = await fetch(`${base}/readyz`);
  const state: unknown = await answer.json();
  const list = (name: 'reasons' | 'degraded'): readonly unknown[] => {
    const value = typeof state === 'object' && state !== null ? new Map(Object.entries(state)).get(name) : undefined;
    return Array.isArray(value) ? value : [];
  };
  return { status: answer.status, reasons: list('reasons'), degraded: list('degraded') };
}

/** One sample by its name and labels as written; NaN: it is not there. */
export async function sample(base: string, name: string): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}
