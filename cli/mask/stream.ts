/** stdin → stdout through the masker of one body. What may be released is written at once; a slow reader is waited for. */
import type { BodyKind } from '@countersign/core/body/body-kind.ts';
import { isBlockedBy } from '@countersign/core/masking/action.ts';
import type { MaskSummary } from '@countersign/core/masking/masker.ts';
import type { MaskSetting } from './setting.ts';

/** Longest event or line, as `limits.response_event_bytes` by default. */
const eventBytes = 1024 * 1024;

/** The rest of the input does not come out; what came out is masked. */
export class Unreadable extends Error {
  /** A profile blocks a value that is in it: the answer is no, while everything else is unreadable input. */
  readonly isBlocked: boolean;
  constructor(reason: string) {
    super(reason);
    this.isBlocked = isBlockedBy(reason);
  }
}

export async function* maskStream(
  input: AsyncIterable<Uint8Array>,
  { engine, profile }: MaskSetting,
  kind: BodyKind,
  onEnd: (summary: MaskSummary) => void,
): AsyncGenerator<Uint8Array> {
  const masker = engine.masker(kind, profile, { eventBytes });
  const check = (): void => {
    const reason = masker.failure();
    if (reason !== undefined) throw new Unreadable(reason);
  };
  check();
  for await (const chunk of input) {
    // The result may alias the chunk, which nobody else holds here.
    yield masker.push(chunk);
    check();
  }
  yield masker.end();
  check();
  onEnd(masker.summary());
}
