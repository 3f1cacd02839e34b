import type { Session } from './session.ts';

/** A session of which nothing has happened yet but `known`. */
export const sessionWith = (known: Partial<Session>): Session => ({
  id: 's',
  startedAtMs: 0,
  startedAt: 0,
  phaseSince: 0,
  headers: [],
  masking: {},
  opened: false,
  ended: false,
  responding: false,
  ...known,
});
