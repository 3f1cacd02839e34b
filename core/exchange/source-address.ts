/** What counts as one source: an IPv4 address, or the /64 of IPv6 that one subscriber has to choose addresses from. */

export interface SourceGroup {
  /** An address, for IPv6 the first of its /64. */
  readonly ip: string;
  readonly prefix?: 64;
}

const groupsOf64 = 4;
const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/** As Envoy writes addresses; anything else is a source of its own under the name that it has. */
export function sourceGroup(ip: string): SourceGroup {
  const inside = mapped.exec(ip)?.[1];
  if (inside !== undefined) return { ip: inside };
  if (!ip.includes(':')) return { ip };
  const [head = ''] = ip.split('::', 1);
  const groups = head === '' ? [] : head.split(':');
  const first = Array.from({ length: groupsOf64 }, (_, index) => (groups[index] ?? '0').toLowerCase());
  return { ip: `${first.join(':')}::`, prefix: 64 };
}
