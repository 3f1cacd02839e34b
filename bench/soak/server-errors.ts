/** Why calls were answered 5xx, as far as Envoy knows. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** `500 ext_proc_error_… (UF)` and how often, line by line from the access log, which Envoy writes out every 10 s. */
export async function serverErrors(accessLog: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for await (const line of createInterface({ input: createReadStream(accessLog) })) {
    const reason = reasonOf(line);
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}

/** undefined: no error of a server, or a line that was not written to its end. */
export function reasonOf(line: string): string | undefined {
  try {
    const { status, details, flags } = JSON.parse(line);
    return Number(status) >= 500 ? `${status} ${details} (${flags})` : undefined;
  } catch {
    return undefined;
  }
}
