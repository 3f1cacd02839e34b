/**
 * The target of a request, read once and in one way. Whatever a server behind us could read differently (RFC 3986 §6.2.2,
 * §3.3: dot segments, encoded slashes, path parameters, empty segments) is refused, not repaired: we forward the path as it
 * came, so the path that policy saw must be the only reading of it.
 *
 * Decoding: percent-encoded octets are decoded once, as UTF-8, and only when the result is neither a control character nor
 * one of `/ \ ; ? # %`. A query is not decoded.
 *
 * Spelling: policy matches the decoded path, Envoy chooses the upstream by the raw one. `/%762/models` must not be the
 * endpoint of `/v2` here and another's upstream there, with the credential of the first. So each path has one spelling: what
 * may stand in a path as it is (pchar, RFC 3986 §3.3) stands as it is, the rest is escaped, in upper-case hex (§6.2.2).
 */
import { err, ok, type Result } from '../result.ts';
import { parseAuthority } from './authority.ts';
import type { RequestFacts } from './policy.ts';

export interface Target extends RequestFacts {
  /** The decoded path, split at "/", without the leading empty one: "/v2/models" is ["v2", "models"]. */
  readonly segments: readonly string[];
}

export interface TargetError {
  /** METHOD and AUTHORITY: not readable at all. FORM: not an origin-form target. AMBIGUOUS: more than one reading. */
  readonly code: 'ERR_PATH_METHOD' | 'ERR_PATH_AUTHORITY' | 'ERR_PATH_FORM' | 'ERR_PATH_AMBIGUOUS';
  /** snake_case, for the record. */
  readonly reason: string;
}

const maxTargetCharacters = 8192;

export function readTarget(method: string, authority: string, rawPath: string): Result<Target, TargetError> {
  if (!/^[A-Z]{1,32}$/.test(method)) return refuse('ERR_PATH_METHOD', 'method_unreadable');
  const host = parseAuthority(authority);
  if (!host) return refuse('ERR_PATH_AUTHORITY', 'authority_unreadable');
  if (!rawPath.startsWith('/')) return refuse('ERR_PATH_FORM', formOf(rawPath));
  if (rawPath.length > maxTargetCharacters) return refuse('ERR_PATH_FORM', 'path_too_long');
  if (!/^[\x21-\x7e]*$/.test(rawPath)) return refuse('ERR_PATH_AMBIGUOUS', 'character_not_ascii_printable');
  if (rawPath.includes('#')) return refuse('ERR_PATH_FORM', 'fragment');

  const mark = rawPath.indexOf('?');
  const query = mark < 0 ? '' : rawPath.slice(mark + 1);
  const segments: string[] = [];
  const parts = rawPath.slice(1, mark < 0 ? undefined : mark).split('/');
  for (const [index, part] of parts.entries()) {
    if (part === '' && index < parts.length - 1) return refuse('ERR_PATH_AMBIGUOUS', 'empty_segment');
    const segment = decodeSegment(part);
    if (!segment.ok) return refuse('ERR_PATH_AMBIGUOUS', segment.error);
    segments.push(segment.value);
  }
  return ok({
    method,
    host: host.host,
    ...(host.port !== undefined && { port: host.port }),
    path: `/${segments.join('/')}`,
    query,
    segments,
  });
}

function decodeSegment(raw: string): Result<string, string> {
  if (raw.includes(';')) return err('path_parameter');
  if (raw.includes('\\')) return err('backslash');
  const text = raw.includes('%') ? decodePercent(raw) : ok(raw);
  if (text.ok && (text.value === '.' || text.value === '..')) return err('dot_segment');
  const other = text.ok ? otherSpelling(raw) : undefined;
  return other === undefined ? text : err(other);
}

/** Why a segment that can be decoded is not the one spelling of its text; undefined: it is. */
function otherSpelling(raw: string): string | undefined {
  for (const [, hex = ''] of raw.matchAll(/%(..)/g)) {
    if (pathCharacters.test(String.fromCharCode(Number.parseInt(hex, 16)))) return 'needless_escape';
    if (/[a-f]/.test(hex)) return 'escape_in_lower_case';
  }
  return pathCharacters.test(raw.replace(/%../g, '')) ? undefined : 'character_not_escaped';
}

/** RFC 3986 §3.3 pchar: unreserved, sub-delims, ":" and "@"; without ";", which is refused in any spelling. */
const pathCharacters = /^[\w.~!$&'()*+,=:@-]*$/;

/** What must not appear once decoded: separators, escapes and everything a log or a terminal would act on. */
const forbidden: Readonly<Record<string, string>> = {
  '/': 'encoded_slash',
  '\\': 'encoded_backslash',
  ';': 'encoded_path_parameter',
  '?': 'encoded_question_mark',
  '#': 'encoded_number_sign',
  '%': 'encoded_percent',
};

function decodePercent(raw: string): Result<string, string> {
  if (/%(?![0-9A-Fa-f]{2})/.test(raw)) return err('percent_encoding_broken');
  const octets = raw.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const bytes = Uint8Array.from(octets, (octet) => octet.charCodeAt(0));
  let text: string;
  try {
    // ignoreBOM: an encoded U+FEFF stays visible instead of vanishing from what policy compares.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return err('percent_encoding_not_utf8');
  }
  // A raw "%" is gone here, each was the start of an escape: one that is left was encoded.
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return err('encoded_control');
  for (const character of text) {
    const reason = forbidden[character];
    if (reason !== undefined) return err(reason);
  }
  return ok(text);
}

function formOf(rawPath: string): string {
  if (rawPath === '') return 'empty';
  if (rawPath === '*') return 'asterisk_form';
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(rawPath) ? 'absolute_form' : 'not_origin_form';
}

function refuse(code: TargetError['code'], reason: string): Result<never, TargetError> {
  return err({ code, reason });
}
