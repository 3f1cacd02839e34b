/** How the thread that writes a ledger answers to what it is asked of pruning. */

import type { LedgerReply, LedgerRequest } from './ledger-messages.ts';
import { UnprunableError } from './ledger-pruner.ts';
import type { LedgerRun } from './ledger-run.ts';
import { isBusy, isFull } from './sqlite-error.ts';

type PruningRequest = Extract<LedgerRequest, { readonly kind: 'look' | 'prune' }>;

/** @throws only what makes the ledger that is being written unfit for more */
export function answerPruning({ pruner, opened }: LedgerRun, request: PruningRequest): LedgerReply {
  const none: LedgerReply =
    request.kind === 'look' ? { kind: 'looked', pruning: undefined } : { kind: 'pruned', slice: undefined };
  if (pruner === undefined) return none;
  try {
    return request.kind === 'look'
      ? { kind: 'looked', pruning: pruner.look(request.monotonicMs) }
      : { kind: 'pruned', slice: pruner.prune(request.pruning) };
  } catch (error) {
    // There will be room, or nobody else who has the file, another time: nothing was removed.
    if (isFull(error) || isBusy(error)) return none;
    const isOwn = request.kind === 'prune' && request.pruning.ledger === opened.ledger;
    if (isOwn && !(error instanceof UnprunableError)) throw error;
    return { kind: 'unprunable', reason: error instanceof Error ? error.message : String(error) };
  }
}
