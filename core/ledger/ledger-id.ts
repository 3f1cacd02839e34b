/** `<service>/<replica>/<ULID>`: who writes, and which run of it. Also the path of the file below the ledger directory. */

/** Safe in a path, in JSON without escaping, and in a Kafka header. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const ulidPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ulidTimeLength = 10;

export function isUlid(text: string): boolean {
  return ulidPattern.test(text);
}

/** A service's or a replica's name. */
export function isWriterName(text: string): boolean {
  return namePattern.test(text);
}

export function ledgerId(service: string, replica: string, ulid: string): string {
  return `${service}/${replica}/${ulid}`;
}

/** `<service>/<replica>` of a ledger's id. */
export const replicaOf = (ledger: string): string => ledger.slice(0, ledger.lastIndexOf('/'));

export function isLedgerId(text: string): boolean {
  const [service = '', replica = '', ulid = '', ...more] = text.split('/');
  return more.length === 0 && isWriterName(service) && isWriterName(replica) && isUlid(ulid);
}

/**
 * `fresh`, unless it would sort before `newest`: then the millisecond after `newest` with the random part of `fresh`. So the runs
 * of a replica sort by name in the order they happened, although a clock may jump back between two of them.
 */
export function laterUlid(newest: string | undefined, fresh: string): string {
  if (newest === undefined || fresh > newest) return fresh;
  const time = [...newest.slice(0, ulidTimeLength)];
  for (let index = time.length - 1; index >= 0; index--) {
    const digit = crockford.indexOf(time[index] ?? '') + 1;
    time[index] = crockford.charAt(digit % crockford.length);
    if (digit < crockford.length) break;
  }
  return time.join('') + fresh.slice(ulidTimeLength);
}

/** When it was made, by the clock of whoever made it; milliseconds since 1970. */
export function ulidTimeMs(ulid: string): number {
  let epochMs = 0;
  for (const digit of ulid.slice(0, ulidTimeLength)) epochMs = epochMs * crockford.length + crockford.indexOf(digit);
  return epochMs;
}
