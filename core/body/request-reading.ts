import type { BodyFacts } from '../policy/policy.ts';

/** What a reader of one api found. */
export interface RequestReading {
  readonly facts: BodyFacts;
  /**
   * The answer would spell its text a second time, as tokens, where masking cannot find a value. Refuse it on an endpoint
   * whose responses are masked; the masker blots such an answer in any case.
   */
  readonly asksForLogprobs: boolean;
}
