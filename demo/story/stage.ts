import type { ModelServer } from '../model-server.ts';
import type { Operator } from './operator.ts';

/** What the story is played on: a running gateway, the model behind it, people's tokens, and the command line. */
export interface Stage {
  /** `http://127.0.0.1:PORT`, where callers call. */
  readonly proxy: string;
  readonly model: ModelServer;
  readonly operator: Operator;
  /** Folder of the ledgers. */
  readonly ledger: string;
  /** A folder that may be written, removed with the demo. */
  readonly scratch: string;
  /** Ends the gateway as SIGTERM would; ledgers are closed when it resolves. */
  readonly endGateway: () => Promise<void>;
  readonly tokens: { readonly ana: string; readonly rex: string; readonly tom: string };
}

export interface Step {
  readonly name: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
}

/** No single step of the story may hang: generous, because the machine may be busy. */
export const stepLimitMs = 60_000;

/** Runs one step. `play` returns what was seen; it throws with what was seen instead when that is not what was expected. */
export async function step(
  name: string,
  expected: string,
  play: (limit: AbortSignal) => Promise<string>,
): Promise<Step> {
  try {
    return { name, expected, seen: await play(AbortSignal.timeout(stepLimitMs)), ok: true };
  } catch (error) {
    return { name, expected, seen: error instanceof Error ? error.message : String(error), ok: false };
  }
}

/** Throws `seen` as the step's result unless it holds. */
export function must(holds: boolean, seen: string): void {
  if (!holds) throw new Error(seen);
}
