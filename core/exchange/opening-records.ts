/** What is on record before anything of a request goes to the model: small, because every call waits for it. */
import type { DraftOf } from '../ledger/records/catalogue.ts';
import { openedMaxBytes } from '../ledger/records/session.ts';
import { isoTime } from '../ledger/time.ts';
import type { Session } from './session.ts';

/** Of a `session.opened` without its texts and without the place that the ledger adds. */
const frameBytes = 226;
const textBytes = openedMaxBytes - frameBytes;

/** Durable before the last byte of the request goes upstream. The end of the session has everything whole. */
export function sessionOpened(session: Session, nowMs: number): DraftOf<'session.opened'> {
  const texts = fitting(session.endpoint?.name, session.decision?.rule, session.handOff?.principal?.subject);
  return {
    type: 'session.opened',
    session: session.id,
    time: isoTime(nowMs),
    data: {
      digest: session.request?.digest,
      endpoint: texts.endpoint,
      rule: texts.rule,
      // Bytes flow before their digest is known: `session.received` has it.
      streamed: session.request?.complete === false ? true : undefined,
      subject: texts.subject,
    },
  };
}

/** The whole of a streamed request has come; durable before its end goes upstream. */
export function sessionReceived({ id, request }: Session, nowMs: number): DraftOf<'session.received'> {
  const { bytes = 0, digest = '' } = request ?? {};
  return { type: 'session.received', session: id, time: isoTime(nowMs), data: { bytes, digest } };
}

interface Texts {
  readonly endpoint: string | undefined;
  readonly rule?: string | undefined;
  readonly subject: string | undefined;
}

/** Where room is short the rule goes first, which the policy in force and the end of the session tell; then the subject is cut. */
function fitting(endpoint: string | undefined, rule: string | undefined, subject: string | undefined): Texts {
  const left = textBytes - bytesOf(endpoint) - bytesOf(subject);
  if (left >= bytesOf(rule)) return { endpoint, rule, subject };
  const freed = left + ruleMemberBytes;
  return freed >= 0 || subject === undefined
    ? { endpoint, subject }
    : { endpoint, subject: cut(subject, bytesOf(subject) + freed) };
}

const ruleMemberBytes = '"rule":"",'.length;
const ellipsis = '…';
const ellipsisBytes = 3;

function cut(text: string, maxBytes: number): string {
  let kept = '';
  let bytes = ellipsisBytes;
  for (const character of text) {
    bytes += bytesOf(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept + ellipsis;
}

/** Between its quotes, as JSON. */
function bytesOf(text: string | undefined): number {
  if (text === undefined) return 0;
  return plain.test(text) ? text.length : utf8.encode(JSON.stringify(text)).length - 2;
}

const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const utf8 = new TextEncoder();
