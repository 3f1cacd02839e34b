import { bulkCallApproved, bulkCallDenied } from './approvals.ts';
import { streamedAnswer } from './chat.ts';
import { callerWithoutRuleRefused, dumpRefused, strangersRefused, unsafeCallRefused } from './refusals.ts';
import { fewRowsScored } from './scoring.ts';
import type { Stage, Step } from './stage.ts';
import { alteredTrailCaught, closedTrailVerified, sessionShown, trailVerified } from './trail.ts';

export interface Story {
  readonly steps: readonly Step[];
  /** The call that was held and approved; '' when it never came to that. */
  readonly session: string;
}

/** The whole story, in order; every step runs even when one before it failed. `on` is told each step when it is over. */
export async function playStory(stage: Stage, on: (step: Step) => void): Promise<Story> {
  const steps: Step[] = [];
  const done = (...played: readonly Step[]): void => {
    for (const one of played) {
      steps.push(one);
      on(one);
    }
  };
  done(await streamedAnswer(stage, false));
  done(await streamedAnswer(stage, true));
  done(await strangersRefused(stage));
  done(await callerWithoutRuleRefused(stage));
  done(await unsafeCallRefused(stage));
  done(await fewRowsScored(stage));
  const held = await bulkCallApproved(stage);
  done(...held.steps);
  done(await bulkCallDenied(stage));
  done(await dumpRefused(stage));
  done(await sessionShown(stage, held.session));
  done(await trailVerified(stage));
  done(await closedTrailVerified(stage));
  done(await alteredTrailCaught(stage));
  return { steps, session: held.session };
}
