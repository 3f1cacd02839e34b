import type { BodyKind } from '../body/body-kind.ts';
import { binaryTensorHeader, jsonBytesOf } from '../body/open-inference.ts';
import { grpcMethodOf } from '../body/protobuf/methods.ts';
import { isBlockedBy } from '../masking/action.ts';
import type { BodyMasker } from '../masking/masker.ts';
import type { MaskProfile, ReadApi } from '../policy/policy.ts';
import type { Codec, Decoder } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { bodyCodingOf } from './body-coding.ts';
import { maskedHeaders, staleAfterMasking, unreadableHeaders } from './header-rules.ts';
import type { Keep } from './keep.ts';
import { type HeaderChanges, headerOf, type InboundHeaders, single } from './message.ts';
import type { CopyOf } from './payload-copy.ts';
import type { ExchangePorts } from './ports.ts';

/** What is done to a response. */
export type ResponseMode =
  /** Nothing: it passes as it is, and only its digest is kept. */
  | { readonly kind: 'opaque' }
  /** `traffic` undefined: released as it is, and only its recorded copy is masked. */
  | {
      readonly kind: 'read';
      readonly api: ReadApi;
      /** Of the call, without its query. */
      readonly path: string;
      readonly traffic: MaskProfile | undefined;
      /** undefined: only its digest is. */
      readonly keep: Keep | undefined;
    };

/** Nothing was released yet: a whole answer of ours can still go out instead. */
export interface Unreadable {
  readonly reason: string;
}

export interface ResponseReading {
  readonly coding: string;
  readonly contentType: string;
  readonly changes: HeaderChanges;
  readonly masker?: BodyMasker | undefined;
  readonly copyMasker?: BodyMasker | undefined;
  readonly decoder?: Decoder | undefined;
  /** What of it is kept, and how; `sent`: what goes on is. */
  readonly keep?: { readonly how: Keep; readonly sent: CopyOf['sent'] } | undefined;
  /** For header and trailer values; undefined where traffic is not masked. */
  readonly maskValue?: ((value: string) => string) | undefined;
}

/** Decides from the headers alone how a response can be read. An error here can still become a 502. */
export function readingOf(
  message: InboundHeaders,
  session: string,
  mode: ResponseMode,
  on: ExchangePorts,
): Result<ResponseReading, Unreadable> {
  // Envoy takes a 101 nobody asked for as an answer; what follows it is no HTTP that anybody could mask.
  if (headerOf(message.headers, ':status') === '101') return err({ reason: 'unexpected_upgrade' });
  return mode.kind === 'opaque' ? ok(unread(message, session)) : read(message, session, mode, on);
}

function unread({ headers, end }: InboundHeaders, session: string): ResponseReading {
  return {
    coding: headerOf(headers, 'content-encoding') ?? 'identity',
    contentType: headerOf(headers, 'content-type') ?? '',
    changes: { set: [['x-countersign-session', session]], remove: lengthOf(end) },
  };
}

function read(
  message: InboundHeaders,
  session: string,
  mode: Extract<ResponseMode, { readonly kind: 'read' }>,
  on: ExchangePorts,
): Result<ResponseReading, Unreadable> {
  const { headers, end } = message;
  const body = bodyCodingOf(headers, on.codec, on.limits.responseMessageBytes);
  if (body === undefined) return err({ reason: 'content_header_repeated' });
  const { contentType, coding } = body;
  // No range was asked for. A value that begins before a part, or ends after it, would not be found in it.
  if (headerOf(headers, ':status') === '206' || multipartRanges.test(contentType)) {
    return err({ reason: 'partial_content_cannot_be_masked' });
  }
  const { api, path, traffic } = mode;
  const jsonBytes = jsonBytesIn(message, mode);
  if (jsonBytes === null) return err({ reason: 'binary_tensor_header' });
  const kind: BodyKind = { api, direction: 'response', contentType, path, ...jsonBytes };
  const limits = { eventBytes: on.limits.responseEventBytes, messageBytes: on.limits.responseMessageBytes };
  const masker = traffic && on.masking.masker(kind, traffic, limits);
  const withheld = end ? undefined : masker?.failure();
  if (withheld !== undefined) return err({ reason: withheld });
  const how = end ? undefined : mode.keep;
  const copyProfile = on.copyProfile(traffic);
  const copyMasker =
    how !== undefined && traffic !== copyProfile ? on.masking.masker(kind, copyProfile, limits) : undefined;
  const headersMask = traffic && headerMask(traffic, on);
  const changes = headerChanges(message, session, headersMask?.mask);
  const blocked = headersMask?.blocked();
  if (blocked !== undefined) return err({ reason: blocked });
  // Last: what is opened here has to be closed.
  const decoder = end || coding === 'identity' ? undefined : openDecoder(body.codec, coding, on);
  if (decoder === null) return err({ reason: 'coding_not_implemented' });
  const maskValue = headersMask?.mask;
  const sent = copyMasker === undefined ? 'masked' : traffic === undefined ? 'received' : 'own';
  return ok({ coding, contentType, changes, masker, copyMasker, decoder, keep: how && { how, sent }, maskValue });
}

/** For header and trailer values. A value that blocks is cut off; before the answer has begun, `blocked` refuses all of it. */
function headerMask(
  profile: MaskProfile,
  on: ExchangePorts,
): { readonly mask: (value: string) => string; readonly blocked: () => string | undefined } {
  let blocked: string | undefined;
  return {
    mask: (value) => {
      const { text, summary } = on.masking.maskText(value, profile);
      blocked ??= summary.faults.find(isBlockedBy);
      return text;
    },
    blocked: () => blocked,
  };
}

/** Where tensors follow the JSON of an answer: how long that is. null: the header says what cannot be. */
function jsonBytesIn(
  { headers }: InboundHeaders,
  { api, path }: Extract<ResponseMode, { readonly kind: 'read' }>,
): Pick<BodyKind, 'jsonBytes'> | null {
  const { value, duplicate } = single(headers, binaryTensorHeader);
  if (value === undefined || api !== 'open-inference-v2' || grpcMethodOf(api, path) !== undefined) return {};
  const jsonBytes = duplicate ? undefined : jsonBytesOf(value);
  return jsonBytes === undefined ? null : { jsonBytes };
}

const multipartRanges = /^\s*multipart\/byteranges\b/i;

/** null: a coding this version does not read. */
function openDecoder(codec: Codec, coding: string, on: ExchangePorts): Decoder | null {
  return codec.decoder(coding, { maxBytes: on.limits.decodedBytes, maxRatio: on.limits.expansionRatio }) ?? null;
}

function headerChanges(
  { headers, end }: InboundHeaders,
  session: string,
  maskValue: ((value: string) => string) | undefined,
): HeaderChanges {
  const masked = maskValue === undefined ? [] : maskedHeaders(headers, maskValue);
  const coded = codingHeaders.some((name) => headerOf(headers, name) !== undefined);
  // Without a body too (HEAD, 304): they speak of the bytes of another answer, which would have been changed.
  const stale = maskValue === undefined && !coded ? [] : end ? validators : staleAfterMasking;
  const unreadable = maskValue === undefined ? [] : unreadableHeaders(headers);
  return {
    set: [...masked, ['x-countersign-session', session]],
    remove: [...lengthOf(end), ...stale, ...unreadable],
  };
}

const codingHeaders: readonly string[] = ['content-encoding', 'grpc-encoding'];
const validators = staleAfterMasking.filter((name) => !codingHeaders.includes(name));

/** With a body, content-length would let a client be done before the record is; without one (HEAD, 304) it is kept. */
const lengthOf = (end: boolean): readonly string[] => (end ? [] : ['content-length']);
