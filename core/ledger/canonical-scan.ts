/**
 * Whether bytes are canonical JSON, without making anything of them: for a verifier, which asks it of every record it has. Says no
 * to some that are (keys that are not plain ASCII): whoever gets a no looks again with canonicalJson(), whose word counts.
 */

const [quote, comma, colon, backslash] = [0x22, 0x2c, 0x3a, 0x5c] as const;
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d] as const;
const [minus, zero, nine] = [0x2d, 0x30, 0x39] as const;
const no = -1;

/** The same as canonicalJson() allows. */
const maxDepth = 32;
const maxDigits = 16;

/** After a backslash: those that stand for themselves or have a letter. `u` is another matter. */
const escapes: ReadonlySet<number | undefined> = new Set([...'"\\btnfr'].map((letter) => letter.charCodeAt(0)));
/** Control characters that have a letter, by the last two digits of what would else be their spelling. */
const lettered: ReadonlySet<string> = new Set(['08', '09', '0a', '0c', '0d']);

/**
 * Where the object that begins at `at` ends: the place after its brace; -1 when it is not certainly canonical.
 *
 * @param bytes UTF-8. Behind the object they end, or there is a byte that belongs to no JSON, such as 0
 * @param depth levels of objects and arrays, this one among them
 */
export function canonicalObjectEnd(bytes: Uint8Array, at: number, depth: number): number {
  if (bytes[at] !== openBrace || depth > maxDepth) return no;
  if (bytes[at + 1] === closeBrace) return at + 2;
  let before = at;
  let beforeEnd = at;
  for (let key = at + 1; ; ) {
    const keyEnd = plainKeyEnd(bytes, key);
    if (keyEnd === no || (before !== at && !isBefore(bytes, before, beforeEnd, key + 1, keyEnd))) return no;
    const end = bytes[keyEnd + 1] === colon ? valueEnd(bytes, keyEnd + 2, depth) : no;
    if (end === no) return no;
    if (bytes[end] === closeBrace) return end + 1;
    if (bytes[end] !== comma) return no;
    before = key + 1;
    beforeEnd = keyEnd;
    key = end + 1;
  }
}

/** Of the string that begins at `at`, the place of its last quote. */
function plainKeyEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== quote) return no;
  let end = at + 1;
  for (let byte = bytes[end] ?? 0; isPlain(byte); byte = bytes[end] ?? 0) end++;
  return bytes[end] === quote ? end : no;
}

const isPlain = (byte: number): boolean => byte >= 0x20 && byte < 0x80 && byte !== quote && byte !== backslash;

/** Of ASCII the order of bytes is that of UTF-16 code units. */
function isBefore(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  for (; a < aEnd && b < bEnd; a++, b++) {
    const difference = (bytes[a] ?? 0) - (bytes[b] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return a === aEnd && b < bEnd;
}

function valueEnd(bytes: Uint8Array, at: number, depth: number): number {
  switch (bytes[at]) {
    case quote:
      return stringEnd(bytes, at + 1);
    case openBrace:
      return canonicalObjectEnd(bytes, at, depth + 1);
    case openBracket:
      return arrayEnd(bytes, at, depth + 1);
    case 0x74: // t
      return wordEnd(bytes, at, 'true');
    case 0x66: // f
      return wordEnd(bytes, at, 'false');
    case 0x6e: // n
      return wordEnd(bytes, at, 'null');
    default:
      return canonicalIntegerEnd(bytes, at);
  }
}

function arrayEnd(bytes: Uint8Array, at: number, depth: number): number {
  if (depth > maxDepth) return no;
  if (bytes[at + 1] === closeBracket) return at + 2;
  for (let item = at + 1; ; ) {
    const end = valueEnd(bytes, item, depth);
    if (end === no) return no;
    if (bytes[end] === closeBracket) return end + 1;
    if (bytes[end] !== comma) return no;
    item = end + 1;
  }
}

/** Bytes of other characters are taken: whether they are UTF-8 is asked elsewhere. @param at the place after the first quote */
function stringEnd(bytes: Uint8Array, at: number): number {
  for (let end = at; ; ) {
    for (let byte = bytes[end] ?? 0; byte !== quote && byte !== backslash && byte >= 0x20; byte = bytes[end] ?? 0)
      end++;
    if (bytes[end] === quote) return end + 1;
    if (bytes[end] !== backslash) return no;
    if (escapes.has(bytes[end + 1])) end += 2;
    else if (isControlEscape(bytes, end)) end += 6;
    else return no;
  }
}

/** `\u00xx`, lower case, of a control character that has no letter. */
function isControlEscape(bytes: Uint8Array, at: number): boolean {
  const spelled = String.fromCharCode(...bytes.subarray(at, at + 6));
  return /^\\u00[01][0-9a-f]$/.test(spelled) && !lettered.has(spelled.slice(4));
}

function wordEnd(bytes: Uint8Array, at: number, word: string): number {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word.charCodeAt(index)) return no;
  return at + word.length;
}

/** Of a safe integer in its one spelling. */
export function canonicalIntegerEnd(bytes: Uint8Array, at: number): number {
  const first = bytes[at] === minus ? at + 1 : at;
  let value = 0;
  let end = first;
  for (let byte = bytes[end] ?? 0; byte >= zero && byte <= nine; byte = bytes[end] ?? 0) {
    value = value * 10 + (byte - zero);
    end++;
  }
  const isSpelledOnce = bytes[first] === zero ? end === at + 1 : end > first && end - first <= maxDigits;
  return isSpelledOnce && value <= Number.MAX_SAFE_INTEGER ? end : no;
}
