/** The certificates of one replica, one after the other: an epoch that was left out, put back or certified by somebody else. */
import type { Finding } from './findings.ts';
import { noPrevious } from './notes/certificate.ts';
import { formatNoteKey, isSignedBy } from './notes/note.ts';
import type { PreviousLedger } from './opening.ts';
import type { SealedCertificate, SealPorts } from './seal.ts';

export interface CertifiedLedger {
  readonly ledger: string;
  /** What its first record says of the ledger before; undefined when that cannot be read. */
  readonly previous: PreviousLedger | null | undefined;
  readonly sealed: SealedCertificate | undefined;
}

/** @param isPinned whether the long-term keys were given by the auditor: then any of them may certify any ledger */
export function checkCertificates(
  ports: SealPorts,
  ledgers: readonly CertifiedLedger[],
  isPinned: boolean,
): readonly Finding[] {
  const sealedOf = new Map(ledgers.map(({ ledger, sealed }) => [ledger, sealed]));
  return ledgers.flatMap(({ ledger, previous, sealed }): Finding[] => {
    if (sealed === undefined || previous === undefined) return [];
    const { counter, previous: hashBefore } = sealed.certificate;
    if (previous === null) {
      return counter === 0 && hashBefore === noPrevious
        ? []
        : [{ ledger, reason: 'certificate_differs', detail: `number ${counter} of a first ledger` }];
    }
    const before = sealedOf.get(previous.ledger);
    if (before === undefined) return []; // missing, or without a certificate: told already
    if (counter !== before.certificate.counter + 1) {
      const detail = `number ${counter} after ${before.certificate.counter}`;
      return [{ ledger, reason: 'certificate_differs', detail }];
    }
    if (hashBefore !== before.hash) return [{ ledger, reason: 'certificate_differs', detail: 'hash' }];
    return isPinned || isSameIssuer(ports, sealed, before) ? [] : [{ ledger, reason: 'issuer_changed' }];
  });
}

/** A new long-term key is believed without being pinned when the old one signed its first certificate too. */
function isSameIssuer(ports: SealPorts, sealed: SealedCertificate, before: SealedCertificate): boolean {
  const [now, then] = [sealed, before].map(({ certificate }) => formatNoteKey(ports.hash, certificate.issuer));
  return now === then || isSignedBy(ports, sealed.note, before.certificate.issuer);
}
