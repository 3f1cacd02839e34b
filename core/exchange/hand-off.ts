/** What authz-service tells proc-service about one exchange, signed. proc-service trusts nothing else about the caller. */
import type { Principal } from '../identity/principal.ts';

export interface HandOff {
  readonly v: 1;
  /** ULID minted by authz-service. */
  readonly session: string;
  /** Absent exactly when authz-service refused the call for its credential. */
  readonly principal?: Principal;
  readonly method: string;
  readonly authority: string;
  /** With query, as received. */
  readonly path: string;
  readonly endpoint?: string;
  /** Policy revision of the pre-filter. */
  readonly revision: string;
  /** `allow`: go on to proc-service. `refused`: authz-service answered and recorded it. */
  readonly outcome: 'allow' | 'refused';
  /** Milliseconds since the epoch; short, it only has to cover the way between two filters. */
  readonly expires: number;
}
