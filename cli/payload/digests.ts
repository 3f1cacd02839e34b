import { toHex } from '@countersign/core/bytes.ts';
import type { SessionDocument } from '@countersign/core/ledger/session-document.ts';
import { memberAt } from '@countersign/core/ledger/stored-record.ts';
import type { KeyedDigest } from '@countersign/core/ports.ts';
import type { OpenedPayload } from './open.ts';

/** In which member the end of a session has the digest of what was received and of what was sent on. */
const members = {
  request: { received: 'digest', sent: 'forwarded_digest' },
  response: { received: 'digest', sent: 'released_digest' },
} as const;

/**
 * Opened originals against the digests of the session's end, where those are under this key: a patch that was left out opens to
 * other bytes without a fault of its own. What the cap cut has no digest.
 */
export function digestFaults(
  { facts }: SessionDocument,
  { direction, received, sent, truncated }: OpenedPayload,
  digest: KeyedDigest,
): readonly string[] {
  if (received === undefined || sent === undefined || truncated) return [];
  if (memberAt(facts['request'], 'digest_key') !== digest.keyId) return [];
  return (
    [
      ['received', received],
      ['sent', sent],
    ] as const
  ).flatMap(([name, bytes]) => {
    const told = memberAt(facts[direction], members[direction][name]);
    const matches = told === undefined || told === toHex(digest.digest(bytes));
    return matches ? [] : [`what was ${name} is not what the record has the digest of`];
  });
}
