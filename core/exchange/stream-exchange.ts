import type { RecordDraft } from '../ledger/record.ts';
import { ok, type Result, unreachable } from '../result.ts';
import { nextWithin } from './collect-request.ts';
import { conclude, type Ending } from './conclude.ts';
import { openStreamed } from './forward.ts';
import type { Exchange, Inbound, InboundHeaders } from './message.ts';
import { MessageStream } from './message-stream.ts';
import { permitUnread } from './permit.ts';
import { endPhase } from './phases.ts';
import type { ExchangePorts } from './ports.ts';
import type { Step } from './pump.ts';
import { type OpenResponse, openResponse } from './respond.ts';
import type { Session } from './session.ts';
import { refused, type Stop, stopOf } from './stop.ts';
import { type RequestFlow, StreamedRequest } from './streamed-request.ts';

/**
 * An exchange whose request is not collected: request and response flow at the same time, as a bidirectional gRPC stream needs.
 * Nothing of it is read (`api: opaque`), or each message is decided on by itself (message-stream.ts). The session is on record
 * before the first byte of the request goes on, and each direction's end waits for its own record. One loop takes the messages in
 * the order in which Envoy sent them, so there is one owner of the end.
 */
export async function streamExchange(
  first: InboundHeaders,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<void> {
  const begun =
    session.grpc === undefined
      ? await passUnread(first, session, exchange, on)
      : MessageStream.begin(session.grpc, first, session, exchange, on);
  if (!begun.ok) return conclude(begun.error, session, exchange, on);
  const request = begun.value;
  const both = new BothWays(request, session, exchange, on);
  try {
    const end = await both.run();
    // Whatever ended it: the record says how far the request came.
    if (end !== 'finished') return await conclude(end, session, exchange, on, request.settle());
  } finally {
    both.close();
  }
  if (request.ended) exchange.finish();
  else await leaveUnfinished(exchange, on);
}

/** Decided without the body, and on record; then its headers go on at once. */
async function passUnread(
  first: InboundHeaders,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<Result<RequestFlow, Stop>> {
  const permitted = permitUnread(first, session, on);
  if (!permitted.ok) return permitted;
  endPhase('decide', session, on);
  const request = new StreamedRequest(first, session, exchange, on);
  const opened = await openStreamed(session, on);
  if (!opened.ok) return opened;
  endPhase('record_open', session, on);
  await exchange.send({ kind: 'request_headers', end: first.end, ...permitted.value });
  return ok(request);
}

/** Takes messages of both directions until the end of the response was released, or the exchange cannot go on. */
class BothWays {
  readonly #request: RequestFlow;
  readonly #session: Session;
  readonly #exchange: Exchange;
  readonly #on: ExchangePorts;
  #response: OpenResponse | undefined;

  constructor(request: RequestFlow, session: Session, exchange: Exchange, on: ExchangePorts) {
    this.#request = request;
    this.#session = session;
    this.#exchange = exchange;
    this.#on = on;
  }

  async run(): Promise<Ending | 'finished'> {
    let end: Ending | 'finished' | undefined;
    while (end === undefined) end = await this.#take(await this.#exchange.next());
    return end;
  }

  async #take(message: Inbound): Promise<Ending | 'finished' | undefined> {
    switch (message.kind) {
      case 'request_body':
      case 'request_trailers': {
        if (this.#request.ended) return refused('ERR_INTERNAL', `unexpected_${message.kind}`);
        const taken = await this.#request.take(message);
        return taken.ok ? undefined : taken.error;
      }
      case 'response_headers':
        if (!this.#session.opened) return stopOf(message);
        return this.#response === undefined ? this.#begin(message) : refused('ERR_INTERNAL', 'unexpected_message');
      case 'response_body':
      case 'response_trailers':
      case 'gone':
        if (this.#response === undefined) return stopOf(message) ?? refused('ERR_INTERNAL', 'unexpected_message');
        return this.#after(await this.#response.pump.take(message), this.#response);
      case 'unreadable':
      case 'request_headers':
        return stopOf(message) ?? refused('ERR_INTERNAL', 'unexpected_message');
      default:
        return unreachable(message);
    }
  }

  async #begin(message: InboundHeaders): Promise<Ending | 'finished' | undefined> {
    const { responseMode } = this.#request;
    const settle = (): readonly RecordDraft[] => this.#request.settle();
    const opened = openResponse(message, responseMode, this.#session, this.#exchange, this.#on, settle);
    if (!opened.ok) return opened.error;
    this.#response = opened.value;
    return this.#after(await opened.value.pump.start(), opened.value);
  }

  #after(step: Step, response: OpenResponse): Ending | 'finished' | undefined {
    if (step === 'more') return undefined;
    return step === 'ended' ? 'finished' : { kind: 'cut', reason: step.cut, drafts: response.takeCopy() };
  }

  close(): void {
    this.#request.close();
    this.#response?.close();
  }
}

/**
 * The model answered without waiting for the end of the request. What still comes of it goes nowhere: an end with status OK would
 * tell Envoy to send it on by itself, unrecorded. Envoy resets the stream of an exchange that is over.
 */
async function leaveUnfinished(exchange: Exchange, on: ExchangePorts): Promise<void> {
  let message = await nextWithin(on.limits.uploadIdleMs, exchange, on.timers);
  while (message !== 'idle' && message.kind !== 'gone')
    message = await nextWithin(on.limits.uploadIdleMs, exchange, on.timers);
  exchange.reset('answered before the request ended');
}
