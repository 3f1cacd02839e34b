/** The maskers of one profile, for the formats that hold texts of their own. */
import type { MaskProfile } from '../../policy/policy.ts';
import { blockedBy } from '../action.ts';
import type { Detector } from '../detector.ts';
import { FlatMasker } from '../flat.ts';
import { Lane, maskNumber, maskWhole } from '../lane.ts';
import { Tally } from '../tally.ts';
import { hideNumber, hideValue } from './hide-value.ts';
import type { Inner } from './inner.ts';

export function createInner(detector: Detector, profile: MaskProfile): Inner {
  const tally = new Tally();
  return {
    scan: detector.scan,
    json: () => new FlatMasker(detector, true),
    text: () => new FlatMasker(detector, false),
    lane: () => new Lane(detector, tally),
    value: (text) => maskWhole(detector, tally, text),
    // No entity has fewer digits, and most numbers are short.
    number: (text) => (text.length < shortestNumber ? text : maskNumber(detector, tally, text)),
    hide(text, as) {
      tally.found(as);
      return hideValue(text, as, detector.treatmentOf(as), tally);
    },
    hideNumber(text, as) {
      tally.found(as);
      return hideNumber(text, as, detector.treatmentOf(as), tally);
    },
    failure: () => (tally.blocked === undefined ? undefined : blockedBy(tally.blocked)),
    fault: (reason) => tally.fault(reason),
    summary: () => tally.summary(),
    keepsBinary: profile.binaryParts === 'keep',
  };
}

const shortestNumber = 7;
