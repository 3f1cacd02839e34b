import type { Refusal } from '../error-codes.ts';
import type { Inbound, InboundHeaders } from './message.ts';

export interface Refused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  /** `pending`: not no, not yet. */
  readonly outcome?: 'denied' | 'pending';
}

/** Why an exchange does not go on to the model. */
export type Stop =
  | Refused
  /** The caller, or Envoy, is gone. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** Envoy answered by itself while we were not finished: a timeout of its own, for example. */
  | {
      readonly kind: 'overtaken';
      readonly message: InboundHeaders;
    };

export function refused(code: Refusal['code'], reason: string, more: Omit<Refusal, 'code' | 'reason'> = {}): Refused {
  return { kind: 'refused', refusal: { code, reason, ...more } };
}

/** A message that cannot come in this phase. `undefined`: it can. */
export function stopOf(message: Inbound): Stop | undefined {
  switch (message.kind) {
    case 'gone':
      return { kind: 'gone', reason: 'caller_left' };
    case 'response_headers':
      return { kind: 'overtaken', message };
    case 'unreadable':
      return refused('ERR_INTERNAL', message.reason);
    case 'request_headers':
    case 'response_body':
    case 'response_trailers':
      return refused('ERR_INTERNAL', `unexpected_${message.kind}`);
    case 'request_body':
    case 'request_trailers':
      return undefined;
  }
}
