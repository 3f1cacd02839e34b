/**
 * The names in an X.509 certificate of a peer (RFC 5280 §4.2.1.6), and the ones that are pinned. Only URI and DNS names, only
 * exact ones: no wildcards, and never the subject's CN.
 */
export type PeerName = { readonly kind: 'URI' | 'DNS'; readonly value: string };

export const peerNameWords = 'an exact name: a URI such as spiffe://bank/envoy, or a DNS name without wildcards';

const uri = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+(?:\/[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]*)?$/i;
/** The last label has a letter, so that no IP address is one. */
const dns = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** A name to pin, as a person writes it; undefined when it is none. */
export function parsePeerName(text: string): PeerName | undefined {
  if (text.length > 2048) return undefined;
  if (uri.test(text)) return { kind: 'URI', value: text };
  return text.length <= 253 && dns.test(text) ? { kind: 'DNS', value: text.toLowerCase() } : undefined;
}

/** One entry of Node's text form; a value with characters that could end it early is written as a JSON string. */
const entry = /^([A-Za-z0-9 ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/s;

/**
 * The URI and DNS names of `X509Certificate.subjectAltName`. Quoted values are left out: they hold characters that no pinned name
 * has, and unquoting them was a way in once (CVE-2021-44532). undefined: the text cannot be read, so it names nobody.
 */
export function namesOf(subjectAltName: string | undefined): readonly PeerName[] | undefined {
  const names: PeerName[] = [];
  let rest = subjectAltName ?? '';
  while (rest !== '') {
    const [all, kind, value] = entry.exec(rest) ?? [];
    if (all === undefined || value === undefined) return undefined;
    if ((kind === 'URI' || kind === 'DNS') && !value.startsWith('"')) {
      names.push({ kind, value: kind === 'DNS' ? value.toLowerCase() : value });
    }
    rest = rest.slice(all.length);
  }
  return names;
}

/** Whether one of the certificate's names is pinned. A SPIFFE certificate has exactly one URI (X509-SVID §2). */
export function isPinnedPeer(subjectAltName: string | undefined, pinned: readonly PeerName[]): boolean {
  const names = namesOf(subjectAltName) ?? [];
  const uris = names.filter(({ kind }) => kind === 'URI').length;
  return names.some(
    (name) =>
      pinned.some(({ kind, value }) => kind === name.kind && value === name.value) &&
      (uris <= 1 || !name.value.startsWith('spiffe://')),
  );
}
