import { messageCodec } from '../body/protobuf/inflate.ts';
import type { Codec } from '../ports.ts';
import { isGrpc } from './answer-shape.ts';
import { onlyContentType } from './header-rules.ts';
import { type HeaderList, single } from './message.ts';

/** How a body is coded: as a whole, or in gRPC message by message. */
export interface BodyCoding {
  readonly contentType: string;
  readonly coding: string;
  /** What reads such codings. */
  readonly codec: Codec;
}

/**
 * undefined: a header that may stand once stands twice. Two of them mean two readers, and the one on the other side may be the
 * other one.
 */
export function bodyCodingOf(headers: HeaderList, codec: Codec, maxMessageBytes: number): BodyCoding | undefined {
  const whole = single(headers, 'content-encoding');
  const each = single(headers, 'grpc-encoding');
  const type = onlyContentType(headers);
  if (whole.duplicate || type.duplicate) return undefined;
  const contentType = type.value ?? '';
  const coding = nameOf(whole.value);
  if (!isGrpc(headers)) return { contentType, coding, codec };
  if (each.duplicate) return undefined;
  // Both at once is no name of any codec, so it is not read.
  const ofMessages = nameOf(each.value);
  return {
    contentType,
    coding: coding === 'identity' ? ofMessages : `${coding}, ${ofMessages}`,
    codec: messageCodec(codec, maxMessageBytes),
  };
}

const nameOf = (value: string | undefined): string => (value ?? 'identity').trim().toLowerCase();
