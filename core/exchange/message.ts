/** What Envoy and proc-service say to each other about one exchange, without any wire type. */

/** In order, duplicates kept, names lower-case, pseudo-headers included. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface SignedHandOff {
  readonly text: string;
  readonly mac: string;
}

export type Inbound =
  | {
      readonly kind: 'request_headers' | 'response_headers';
      readonly headers: HeaderList;
      readonly end: boolean;
      /** From the metadata namespace that only ext_authz can write; undefined when it is not there. */
      readonly handOff: SignedHandOff | undefined;
    }
  | { readonly kind: 'request_body'; readonly bytes: Uint8Array; readonly end: boolean }
  | { readonly kind: 'response_body'; readonly bytes: Uint8Array; readonly end: boolean }
  | { readonly kind: 'request_trailers'; readonly headers: HeaderList }
  | { readonly kind: 'response_trailers'; readonly headers: HeaderList }
  /** Something this version cannot read. It ends the exchange. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** Envoy is gone: the client left, the upstream reset, a timeout, or a normal end of stream. Nothing comes after it. */
  | { readonly kind: 'gone' };

export type InboundHeaders = Extract<Inbound, { readonly kind: 'request_headers' | 'response_headers' }>;

export interface HeaderChanges {
  readonly set: HeaderList;
  readonly remove: readonly string[];
}

export type Outbound =
  /** `end` repeats what the headers said: this direction has no body, so answering them answers all of it. */
  | ({ readonly kind: 'request_headers' | 'response_headers'; readonly end: boolean } & HeaderChanges)
  | { readonly kind: 'request_body' | 'response_body'; readonly bytes: Uint8Array; readonly end: boolean }
  | ({ readonly kind: 'request_trailers' } & HeaderChanges)
  | ({ readonly kind: 'response_trailers' } & HeaderChanges)
  /** A whole answer from us; it ends the exchange. Not possible any more once response headers were released. */
  | {
      readonly kind: 'immediate';
      readonly status: number;
      readonly headers: HeaderList;
      readonly body: string;
      readonly details: string;
    };

/** One exchange with Envoy, as a port: messages in, answers out, back-pressure both ways. */
export interface Exchange {
  /** The next message, in order. `gone` for ever after the end. */
  next(): Promise<Inbound>;
  /** Resolves as soon as a message is waiting, without taking it: to notice while holding that Envoy has moved on. */
  arrival(): Promise<void>;
  /** A message is waiting: `next` gives it at once. */
  hasArrived(): boolean;
  /** Resolves when flow control lets the next answer follow. False: Envoy is gone, and nothing was sent. */
  send(answer: Outbound): Promise<boolean>;
  /**
   * The one end of a stream. Status OK is sent only if an immediate answer was given or both directions were answered to
   * their end; Envoy reads an early OK as "go on without me" and sends the request on, raw. Anything else resets the stream.
   */
  finish(): void;
  /** Ends with an error status: what was not released is never released. */
  reset(reason: string): void;
}

/** The value of a header that may stand only once; `undefined` when absent, `duplicate` when sent twice or more. */
export function single(
  headers: HeaderList,
  name: string,
): { readonly value: string | undefined; readonly duplicate: boolean } {
  let value: string | undefined;
  for (const [key, candidate] of headers) {
    if (key !== name) continue;
    if (value !== undefined) return { value, duplicate: true };
    value = candidate;
  }
  return { value, duplicate: false };
}

export function headerOf(headers: HeaderList, name: string): string | undefined {
  return single(headers, name).value;
}
