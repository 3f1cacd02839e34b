import type { BodyKind } from '../body/body-kind.ts';
import { joined, toHex } from '../bytes.ts';
import type { RecordDraft } from '../ledger/record.ts';
import type { BodyMasker, MaskSummary } from '../masking/masker.ts';
import type { MaskProfile } from '../policy/policy.ts';
import type { Timers } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import type { Keep } from './keep.ts';
import { codeOf, requestLimits } from './mask-request.ts';
import { PayloadCopy } from './payload-copy.ts';
import type { ExchangePorts } from './ports.ts';
import type { CopySeen } from './session.ts';
import { type Refused, refused } from './stop.ts';

export interface MessagesSeen {
  readonly digest: string;
  readonly forwardedDigest: string;
  readonly summary: MaskSummary;
  readonly copy: CopySeen | undefined;
  /** Parts of the copy that are not written yet. */
  readonly drafts: readonly RecordDraft[];
}

/** Messages of a streamed request on their way to the model: masked, digested, copied. */
export class MaskedMessages {
  readonly #masker: BodyMasker | undefined;
  readonly #copyMasker: BodyMasker | undefined;
  readonly #copy: PayloadCopy | undefined;
  readonly #received: ReturnType<ExchangePorts['digest']['incremental']>;
  readonly #forwarded: ReturnType<ExchangePorts['digest']['incremental']>;
  readonly #timers: Timers;
  #isRecorded = true;

  /** `traffic` undefined: what goes on is not masked, only its copy is. */
  constructor(
    session: string,
    kind: BodyKind,
    traffic: MaskProfile | undefined,
    keep: Keep | undefined,
    on: ExchangePorts,
  ) {
    const limits = requestLimits(on);
    this.#masker = traffic && on.masking.masker(kind, traffic, limits);
    const copyProfile = on.copyProfile(traffic);
    const ownCopy = keep !== undefined && traffic !== copyProfile;
    this.#copyMasker = ownCopy ? on.masking.masker(kind, copyProfile, limits) : undefined;
    const sent = !ownCopy ? 'masked' : traffic === undefined ? 'received' : 'own';
    this.#copy =
      keep &&
      new PayloadCopy({ session, direction: 'request', sent }, keep.sealer, on, () => {
        this.#isRecorded = false;
      });
    this.#timers = on.timers;
    this.#received = on.digest.incremental();
    this.#forwarded = on.digest.incremental();
  }

  /** A whole message, with its prefix, as it may go on. */
  async mask(frame: Uint8Array): Promise<Result<Uint8Array, Refused>> {
    if (!this.#isRecorded) return err(refused('ERR_RECORD_UNAVAILABLE', 'ledger_unavailable', { retryAfter: 5 }));
    const masked = await this.#maskBy(this.#masker, frame);
    const failure = this.#masker?.failure();
    if (failure !== undefined) return err(refused(codeOf(failure), failure));
    this.#received.update(frame);
    this.#forwarded.update(masked);
    await this.#keep(frame, masked);
    return ok(masked);
  }

  async #keep(frame: Uint8Array, masked: Uint8Array): Promise<void> {
    const copy = this.#copy;
    if (copy === undefined || copy.isFull) return;
    copy.received(frame);
    copy.sent(masked);
    copy.masked(this.#copyMasker === undefined ? masked : await this.#maskBy(this.#copyMasker, frame));
    await copy.room();
  }

  /** A long message is masked a turn at a time. */
  async #maskBy(masker: BodyMasker | undefined, frame: Uint8Array): Promise<Uint8Array> {
    if (masker === undefined) return frame;
    const first = masker.push(frame);
    if (masker.isBusy !== true) return first;
    const parts = [first.slice()];
    while (masker.isBusy === true) {
      await this.#timers.turn();
      parts.push(masker.push(none).slice());
    }
    return joined(parts);
  }

  /** Resolves when it is known of every part of the copy whether it is durable; false: one is not. */
  async isRecorded(): Promise<boolean> {
    await this.#copy?.settled();
    return this.#isRecorded;
  }

  /** Nothing is masked afterwards. Call once. */
  finish(): MessagesSeen {
    const copy = this.#copy?.finish();
    const masker = this.#masker ?? this.#copyMasker;
    return {
      digest: toHex(this.#received.digest()),
      forwardedDigest: toHex(this.#forwarded.digest()),
      summary: masker?.summary() ?? { counts: {}, faults: [] },
      copy: copy?.seen,
      drafts: copy?.drafts ?? [],
    };
  }

  close(): void {
    this.#copy?.stop();
  }
}

const none = new Uint8Array(0);
