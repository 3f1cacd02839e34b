import { unreadFacts } from '../body/facts.ts';
import { type Frame, GrpcFrames } from '../body/protobuf/frames.ts';
import type { GrpcMethod } from '../body/protobuf/methods.ts';
import { readGrpcFrame } from '../body/protobuf/read-grpc.ts';
import type { RecordDraft } from '../ledger/record.ts';
import type { BodyFacts } from '../policy/policy.ts';
import type { Decoder } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { type BodyCoding, bodyCodingOf } from './body-coding.ts';
import { throwIfRefused, untilRefused } from './decoding.ts';
import { openStreamed, upstreamHeaders } from './forward.ts';
import { profileOf } from './mask-request.ts';
import { MaskedMessages } from './masked-messages.ts';
import type { Exchange, InboundHeaders } from './message.ts';
import { sessionReceived } from './opening-records.ts';
import { permitMessage } from './permit.ts';
import { endPhase } from './phases.ts';
import type { ExchangePorts } from './ports.ts';
import { misfitOf, unreadable } from './read-request.ts';
import { recordFirst } from './record.ts';
import { requestKind } from './request-kind.ts';
import { responseMode } from './respond.ts';
import type { ResponseMode } from './response-reading.ts';
import { sendBody } from './send-body.ts';
import type { RequestSeen, Session } from './session.ts';
import { type Refused, refused, type Stop } from './stop.ts';
import type { RequestFlow, RequestMessage } from './streamed-request.ts';

/**
 * A gRPC request of many messages: each is read, decided on and masked when it has come whole, and then goes on. A caller may wait
 * for the answer to one before it sends the next, so nothing waits for the end. The session is on record before the first message
 * goes on; its headers wait for that message too, since nothing can be decided before.
 */
export class MessageStream implements RequestFlow {
  ended = false;
  responseMode: ResponseMode = { kind: 'opaque' };
  readonly #method: GrpcMethod;
  readonly #first: InboundHeaders;
  readonly #session: Session;
  readonly #exchange: Exchange;
  readonly #on: ExchangePorts;
  readonly #seen: RequestSeen;
  readonly #frames: GrpcFrames;
  readonly #decoder: Decoder | undefined;
  #messages: MaskedMessages | undefined;
  /** Of the memory that requests may take together. */
  #budgetBytes = 0;

  static begin(
    method: GrpcMethod,
    first: InboundHeaders,
    session: Session,
    exchange: Exchange,
    on: ExchangePorts,
  ): Result<MessageStream, Stop> {
    const coding = bodyCodingOf(first.headers, on.codec, on.limits.requestBytes);
    if (coding === undefined) return err(refused('ERR_REQUEST_HEADERS', 'content_header_repeated'));
    if (!coding.codec.reads(coding.coding)) return err(refused('ERR_BODY_CODING', 'coding_not_implemented'));
    if (first.end) return err(refused('ERR_BODY_UNREADABLE', 'grpc_no_message'));
    return ok(new MessageStream(method, first, session, exchange, coding, on));
  }

  private constructor(
    method: GrpcMethod,
    first: InboundHeaders,
    session: Session,
    exchange: Exchange,
    { coding, codec, contentType }: BodyCoding,
    on: ExchangePorts,
  ) {
    this.#method = method;
    this.#first = first;
    this.#session = session;
    this.#exchange = exchange;
    this.#on = on;
    this.#frames = new GrpcFrames(on.limits.requestBytes);
    this.#decoder =
      coding === 'identity'
        ? undefined
        : codec.decoder(coding, { maxBytes: on.limits.decodedBytes, maxRatio: on.limits.expansionRatio });
    this.#seen = { contentType, coding, receivedBytes: 0, bytes: 0, digestKey: on.digest.keyId, complete: false };
    session.request = this.#seen;
  }

  async take(message: RequestMessage): Promise<Result<void, Stop>> {
    if (message.kind === 'request_trailers') return this.#end(message.headers.map(([name]) => name));
    this.#seen.receivedBytes += message.bytes.length;
    const failure = await this.#receive(message.bytes);
    if (failure !== undefined) return err(failure);
    return message.end ? this.#end(undefined) : ok(undefined);
  }

  #receive(bytes: Uint8Array): Promise<Refused | undefined> {
    const decoder = this.#decoder;
    if (decoder === undefined) return this.#feed(bytes);
    return untilRefused(async () => void (await decoder.push(bytes, this.#feedDecoded)));
  }

  readonly #feedDecoded = (part: Uint8Array): Promise<void> => this.#feed(part).then(throwIfRefused);

  async #feed(bytes: Uint8Array): Promise<Refused | undefined> {
    this.#frames.push(bytes);
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
      const failure = await this.#pass(frame);
      if (failure !== undefined) return failure;
    }
    const { fault } = this.#frames;
    if (fault === 'grpc_message_too_large') return refused('ERR_BODY_TOO_LARGE', fault);
    return fault === undefined ? this.#takeBudget() : unreadable({ code: 'ERR_BODY_PROTOBUF', reason: fault });
  }

  #takeBudget(): Refused | undefined {
    const { keptBytes } = this.#frames;
    if (keptBytes > this.#budgetBytes && !this.#on.budget.take(keptBytes - this.#budgetBytes))
      return refused('ERR_BUSY', 'request_memory_in_use', { retryAfter: 1 });
    if (keptBytes < this.#budgetBytes) this.#on.budget.give(this.#budgetBytes - keptBytes);
    this.#budgetBytes = keptBytes;
    return undefined;
  }

  /** One message, from what it says to the model. */
  async #pass(frame: Frame): Promise<Refused | undefined> {
    const { endpoint, facts } = this.#session;
    if (!(endpoint && facts)) return refused('ERR_INTERNAL', 'request_without_endpoint');
    const read = readGrpcFrame(this.#method, frame);
    if (!read.ok) return unreadable(read.error);
    const misfit = misfitOf(read.value, endpoint, facts);
    if (misfit !== undefined) return misfit;
    this.#count(read.value.facts);
    const denied = permitMessage(read.value.facts, this.#session, this.#on);
    if (denied !== undefined) return denied;
    const messages = this.#readyMessages();
    if (!messages.ok) return messages.error;
    const masked = await messages.value.mask(frame.bytes);
    if (!masked.ok) return masked.error;
    const opened = await this.#open();
    if (opened !== undefined) return opened;
    await sendBody(this.#exchange, masked.value, false, 'request_body');
    return undefined;
  }

  /** Rules see a message, the record all of them together. */
  #count(facts: BodyFacts): void {
    const before = this.#seen.facts;
    this.#seen.bytes += Number(facts.bytes);
    this.#seen.facts = {
      ...facts,
      bytes: facts.bytes + (before?.bytes ?? 0n),
      rows: facts.rows + (before?.rows ?? 0n),
    };
  }

  /** Masked and kept as the policy says under which the stream begins, both ways. */
  #readyMessages(): Result<MaskedMessages, Refused> {
    if (this.#messages !== undefined) return ok(this.#messages);
    const { endpoint, id } = this.#session;
    const mode = responseMode(this.#session, this.#on);
    if (!mode.ok) return mode;
    const traffic = endpoint === undefined ? 'unknown' : profileOf(endpoint.mask.request, this.#on.policy());
    if (mode.value.kind !== 'read' || traffic === 'unknown')
      return err(refused('ERR_INTERNAL', 'mask_profile_unknown'));
    this.responseMode = mode.value;
    const kind = requestKind(this.#session, mode.value.api);
    this.#messages = new MaskedMessages(id, kind, traffic, mode.value.keep, this.#on);
    return ok(this.#messages);
  }

  /** Once: on record, and only then its headers. */
  async #open(): Promise<Refused | undefined> {
    if (this.#session.opened) return undefined;
    const headers = upstreamHeaders(this.#first, this.#session, this.#on);
    if (!headers.ok) return headers.error;
    endPhase('decide', this.#session, this.#on);
    const opened = await openStreamed(this.#session, this.#on);
    if (!opened.ok) return opened.error;
    endPhase('record_open', this.#session, this.#on);
    const { set, remove } = headers.value;
    // What goes on may have another length.
    const changes = { set, remove: [...remove, 'content-length'] };
    await this.#exchange.send({ kind: 'request_headers', end: false, ...changes });
    return undefined;
  }

  /** Nothing reads what callers put into trailers, so nothing of it is passed: an identity header there would be believed. */
  async #end(trailers: readonly string[] | undefined): Promise<Result<void, Stop>> {
    const failure = (await this.#finishDecoding()) ?? (await this.#openEmpty());
    if (failure !== undefined) return err(failure);
    this.#seen.complete = true;
    const isRecorded = (await this.#messages?.isRecorded()) ?? true;
    const drafts = [...this.settle(), sessionReceived(this.#session, this.#on.clock.now())];
    if (!isRecorded) return err(refused('ERR_RECORD_UNAVAILABLE', 'ledger_unavailable', { retryAfter: 5 }));
    const recorded = await recordFirst(drafts, this.#session, this.#on);
    if (!recorded.ok) return recorded;
    this.ended = true;
    if (trailers === undefined) await sendBody(this.#exchange, none, true, 'request_body');
    else await this.#exchange.send({ kind: 'request_trailers', set: [], remove: trailers });
    return ok(undefined);
  }

  async #finishDecoding(): Promise<Refused | undefined> {
    const decoder = this.#decoder;
    const failure = await untilRefused(async () => void (await decoder?.end(this.#feedDecoded)));
    if (failure !== undefined) return failure;
    return this.#frames.keptBytes === 0
      ? undefined
      : unreadable({ code: 'ERR_BODY_PROTOBUF', reason: 'grpc_message_incomplete' });
  }

  /** A caller who half-closes without a message: the rules see a body with nothing in it. */
  async #openEmpty(): Promise<Refused | undefined> {
    if (this.#session.opened) return undefined;
    const denied = permitMessage(unreadFacts(0), this.#session, this.#on);
    if (denied !== undefined) return denied;
    const messages = this.#readyMessages();
    return messages.ok ? this.#open() : messages.error;
  }

  settle(): readonly RecordDraft[] {
    if (this.#messages === undefined || this.#seen.digest !== undefined) return [];
    const { digest, forwardedDigest, summary, copy, drafts } = this.#messages.finish();
    this.#seen.digest = digest;
    this.#seen.forwardedDigest = forwardedDigest;
    if (copy !== undefined) this.#seen.copy = copy;
    this.#session.masking.request = summary;
    return drafts;
  }

  close(): void {
    this.#on.budget.give(this.#budgetBytes);
    this.#budgetBytes = 0;
    this.#decoder?.close();
    this.#messages?.close();
  }
}

const none = new Uint8Array(0);
