/**
 * The items of a list header (RFC 9110 section 5.6.1): split at commas outside quoted strings. undefined: a quote is left open, so
 * nobody can say where an item ends. By hand: a regular expression over 60 KiB of a caller's choice is a risk.
 */
export function listItems(value: string): readonly string[] | undefined {
  const items: string[] = [];
  let quoted = false;
  let from = 0;
  for (let at = 0; at < value.length; at++) {
    const character = value[at];
    if (character === '\\' && quoted) at++;
    else if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) {
      items.push(value.slice(from, at));
      from = at + 1;
    }
  }
  items.push(value.slice(from));
  return quoted ? undefined : items;
}
