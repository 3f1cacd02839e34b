/** What authz-service tells proc-service about one exchange, signed. proc-service trusts nothing else about the caller. */
import type { Principal } from '../identity/principal.ts';
import { err, ok, type Result } from '../result.ts';
import type { SignedHandOff } from './message.ts';

/** Where a call comes from, as Envoy saw it. */
export interface Source {
  readonly ip: string;
  readonly port: number;
}

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
  /** Absent when the call came over no network. */
  readonly source?: Source;
  /** Policy revision of the pre-filter. */
  readonly revision: string;
  /** `allow`: go on to proc-service. `refused`: authz-service answered and recorded it. */
  readonly outcome: 'allow' | 'refused';
  /** Milliseconds since the epoch; short, it only has to cover the way between two filters. */
  readonly expires: number;
}

/** Metadata namespace that only Envoy's ext_authz filter writes. */
export const handOffNamespace = 'envoy.filters.http.ext_authz';
/** Long enough for a loaded Envoy to go from one filter to the next. */
export const handOffLifeMs = 30_000;

export interface HandOffError {
  readonly reason:
    | 'hand_off_missing'
    | 'hand_off_forged'
    | 'hand_off_unreadable'
    | 'hand_off_expired'
    | 'hand_off_mismatch';
}

/** Verifies that authz-service said this, about this very request, just now. */
export function verifyHandOff(
  signed: SignedHandOff | undefined,
  seen: { readonly method: string; readonly authority: string; readonly path: string },
  verifyMac: (text: string, mac: string) => boolean,
  nowMs: number,
): Result<HandOff, HandOffError> {
  if (signed === undefined) return err({ reason: 'hand_off_missing' });
  if (!verifyMac(signed.text, signed.mac)) return err({ reason: 'hand_off_forged' });
  const handOff = parseHandOff(signed.text);
  if (handOff === undefined) return err({ reason: 'hand_off_unreadable' });
  if (handOff.expires <= nowMs) return err({ reason: 'hand_off_expired' });
  const same = handOff.method === seen.method && handOff.authority === seen.authority && handOff.path === seen.path;
  return same ? ok(handOff) : err({ reason: 'hand_off_mismatch' });
}

/** The hand-off of a stream that has no request headers to compare with: ours, and fresh, or undefined. */
export function verifyOwn(
  signed: SignedHandOff | undefined,
  verifyMac: (text: string, mac: string) => boolean,
  nowMs: number,
): HandOff | undefined {
  if (signed === undefined || !verifyMac(signed.text, signed.mac)) return undefined;
  const handOff = parseHandOff(signed.text);
  return handOff !== undefined && handOff.expires > nowMs ? handOff : undefined;
}

/** The MAC already proved that one of our own processes wrote it; this catches another version of ourselves. */
function parseHandOff(text: string): HandOff | undefined {
  const value: unknown = JSON.parse(text);
  return isHandOff(value) ? value : undefined;
}

function isHandOff(value: unknown): value is HandOff {
  if (typeof value !== 'object' || value === null) return false;
  if (
    !('v' in value) ||
    value.v !== 1 ||
    !('outcome' in value) ||
    !('principal' in value || value.outcome === 'refused')
  )
    return false;
  if (value.outcome !== 'allow' && value.outcome !== 'refused') return false;
  const strings = ['session', 'method', 'authority', 'path', 'revision'] as const;
  const fields = new Map<string, unknown>(Object.entries(value));
  return strings.every((name) => typeof fields.get(name) === 'string') && typeof fields.get('expires') === 'number';
}
