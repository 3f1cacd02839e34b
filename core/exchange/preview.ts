import type { BodyKind } from '../body/body-kind.ts';
import { GrpcFrames, messageOf } from '../body/protobuf/frames.ts';
import { grpcMethodOf } from '../body/protobuf/methods.ts';
import { Page, readableElements, readableMessage } from '../body/protobuf/readable.ts';
import { binaryTensorsOf } from '../masking/tensors/tensor-plan.ts';
import { ok, type Result } from '../result.ts';
import { isFramed, maskHead, profileOf } from './mask-request.ts';
import type { ExchangePorts } from './ports.ts';
import { requestKind } from './request-kind.ts';
import type { Session } from './session.ts';
import type { Refused } from './stop.ts';
import type { StoredBody } from './stored-body.ts';

const previewBytes = 16 * 1024;
const previewCharacters = 4_096;
const text = new TextDecoder();

/** What people see who are asked to approve: the beginning, masked. */
export async function previewOf(
  body: StoredBody,
  session: Session,
  on: ExchangePorts,
): Promise<Result<{ readonly text: string; readonly truncated: boolean }, Refused>> {
  const api = session.endpoint?.api ?? 'opaque';
  if (api === 'opaque')
    return ok({ text: `(${body.length} bytes of an opaque endpoint: nothing of them is shown)`, truncated: false });
  const traffic = profileOf(session.endpoint?.mask.request ?? 'none', on.policy());
  const profile = on.copyProfile(traffic === 'unknown' ? undefined : traffic);
  const kind = requestKind(session, api);
  // A beginning of a message is none.
  const maxBytes = isFramed(kind) ? Number.POSITIVE_INFINITY : previewBytes;
  const head = await maskHead(body, maxBytes, kind, profile, on);
  if (!head.ok) return head;
  const shown = readable(kind, head.value.bytes, previewCharacters + 1);
  return ok({
    text: shown.slice(0, previewCharacters),
    truncated: shown.length > previewCharacters || body.length > maxBytes,
  });
}

/** Text as it is; of messages and tensors what can be read. */
function readable(kind: BodyKind, masked: Uint8Array, maxCharacters: number): string {
  const method = grpcMethodOf(kind.api, kind.path);
  if (method !== undefined) {
    const frames = new GrpcFrames(masked.length);
    frames.push(masked);
    const frame = frames.next();
    return frame === undefined ? '' : readableMessage(messageOf(frame), method.request, maxCharacters).join('\n');
  }
  return kind.jsonBytes === undefined ? text.decode(masked) : withTensors(masked, kind.jsonBytes, maxCharacters);
}

function withTensors(masked: Uint8Array, jsonBytes: number, maxCharacters: number): string {
  const json = masked.subarray(0, jsonBytes);
  const page = new Page(maxCharacters);
  page.text(0, json);
  const tensors = binaryTensorsOf(json, 'inputs');
  let at = jsonBytes;
  for (const { name, isText, bytes } of tensors.ok ? tensors.value : []) {
    page.line(0, isText ? `${name}:` : `${name}: (${bytes} bytes)`);
    if (isText) readableElements(masked, at, at + bytes, 1, page);
    at += bytes;
  }
  return page.lines.join('\n');
}
