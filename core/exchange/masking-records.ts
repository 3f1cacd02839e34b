/** What masking found and did, as the end of a session tells it. */
import type { SessionEnd } from '../ledger/records/api-activity.ts';
import { actionOf } from '../masking/action.ts';
import type { MaskSummary } from '../masking/masker.ts';
import type { MaskProfile } from '../policy/policy.ts';
import type { Session } from './session.ts';

type Unmapped = SessionEnd['unmapped'];

/** Whether a value was hidden in what went on. */
export function isModified(session: Session): boolean {
  const { masking, endpoint } = session;
  return (
    hidSomething(masking.request, endpoint?.mask.request, session) ||
    hidSomething(masking.response, endpoint?.mask.response, session)
  );
}

function hidSomething(summary: MaskSummary | undefined, name: string | undefined, { routedBy }: Session): boolean {
  if (summary === undefined || name === undefined || name === 'none') return false;
  const profile = routedBy?.profile(name);
  for (const entity in summary.counts) {
    if (profile === undefined || actionOf(profile, entity).kind !== 'keep') return true;
  }
  return false;
}

export function maskingOfBoth(session: Session): Unmapped['masking'] {
  const { masking, endpoint } = session;
  return {
    request: masking.request && maskingOf(masking.request, endpoint?.mask.request, session),
    response: masking.response && maskingOf(masking.response, endpoint?.mask.response, session),
  };
}

function maskingOf(
  { counts, faults }: MaskSummary,
  name: string | undefined,
  { endpoint, routedBy }: Session,
): NonNullable<Unmapped['masking']>['request'] {
  // Where traffic is not masked, the copy still is, if one is kept: then the counts are of the copy, whose length is capped.
  const unmasked = endpoint?.record.payload === 'sealed' ? 'copy' : 'nothing';
  const of = name === 'none' ? unmasked : 'traffic';
  const profile = of === 'traffic' && name !== undefined ? routedBy?.profile(name) : undefined;
  const inOrder = byName(counts);
  return { actions: profile && otherActions(profile, inOrder), counts: inOrder, faults, of, profile: name };
}

/** As a record has them: those in order are written faster. */
function byName(counts: MaskSummary['counts']): MaskSummary['counts'] {
  const ordered: Record<string, number> = {};
  for (const entity of Object.keys(counts).sort()) ordered[entity] = counts[entity] ?? 0;
  return ordered;
}

/** What became of values that were not masked but replaced, or kept. */
function otherActions(
  profile: MaskProfile,
  counts: MaskSummary['counts'],
): Readonly<Record<string, string>> | undefined {
  let actions: Record<string, string> | undefined;
  for (const entity in counts) {
    const { kind } = actionOf(profile, entity);
    if (kind === 'mask') continue;
    actions ??= {};
    actions[entity] = kind;
  }
  return actions;
}
