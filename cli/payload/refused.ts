/** Who wanted to open a payload and was told no: as much evidence as who was let. */
import { systemClock } from '@countersign/adapters/process/system.ts';
import type { Principal } from '@countersign/core/identity/principal.ts';
import type { DataOf, DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { operator, withOwnLedger } from '../ledger/own-ledger.ts';
import type { Opening } from './open.ts';
import { TokenRefused } from './person.ts';
import { NotApproved } from './second-person.ts';

type Refusal = DataOf<'payload.reveal_refused'>['refusal'];

/** The answer is no; nothing was opened, or nothing of it is said. */
export class RevealRefused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, message: string) {
    super(message);
    this.refusal = refusal;
  }
}

export interface Attempt {
  readonly what: Opening;
  /** As it was asked for: perhaps of no session. */
  readonly session: string;
  readonly reason: string;
  by?: Principal;
  endpoint?: string | undefined;
}

/** Longer is the id of no session. */
const maxSessionLength = 64;

/** undefined: a wrong command line or host, not a refusal. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof RevealRefused) return error.refusal;
  if (error instanceof NotApproved) return 'not_approved';
  return error instanceof TokenRefused ? 'token_not_accepted' : undefined;
}

/** @throws UsageError: it could not be recorded */
export async function recordRefusal(attempt: Attempt, refusal: Refusal, configuration: Configuration): Promise<void> {
  const { what, session, reason, by, endpoint } = attempt;
  const refused: DraftOf<'payload.reveal_refused'> = {
    type: 'payload.reveal_refused',
    time: isoTime(systemClock.now()),
    data: {
      what,
      session: session.slice(0, maxSessionLength).toWellFormed(),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(by === undefined
        ? {}
        : { by: { subject: by.subject, issuer: by.issuer, client: by.client, amr: by.amr, acr: by.acr } }),
      refusal,
      reason,
      operator: operator(),
    },
  };
  await withOwnLedger(configuration, (record) => record(refused));
}
