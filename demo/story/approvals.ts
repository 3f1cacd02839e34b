import { setTimeout as pause } from 'node:timers/promises';
import { score, sessionOf } from './calls.ts';
import { scored } from './scoring.ts';
import { must, type Stage, type Step, step } from './stage.ts';

export const bulkRows = 500;
export const approvalReason = 'Quarterly review';

/** The held call of the story: played in three steps, answered in the last. */
export interface HeldCall {
  readonly steps: readonly Step[];
  /** '' when it never came to that. */
  readonly session: string;
}

export async function bulkCallApproved(stage: Stage): Promise<HeldCall> {
  const before = stage.model.requests().infer;
  const leaving = new AbortController();
  const answer = score(stage, bulkRows, { token: stage.tokens.ana, signal: leaving.signal });
  answer.catch(() => undefined);
  let id = '';
  let session = '';
  const held = await step(`ana scores ${bulkRows} rows`, 'held; the model sees nothing yet', async (limit) => {
    id = await nextApproval(stage, answer, limit);
    must(stage.model.requests().infer === before, 'the model was called before anybody approved');
    return `held, approval ${id}`;
  });
  const self = await step('ana approves her own call', 'refused', async () => {
    must(id !== '', 'there is no approval');
    const { code, stderr } = await stage.operator.decide('approve', id, 'I am sure', stage.tokens.ana);
    must(code === 1, `exit ${code} ${stderr.slice(0, 100)}`);
    must(stage.model.requests().infer === before, 'the model was called');
    return `exit ${code}: ${firstLine(stderr)}`;
  });
  const approved = await step('rex approves it from the command line', 'answered in place, masked', async (limit) => {
    must(id !== '', 'there is no approval');
    const { code, stderr } = await stage.operator.decide('approve', id, approvalReason, stage.tokens.rex);
    must(code === 0, `exit ${code} ${stderr.slice(0, 100)}`);
    const response = await within(answer, limit);
    session = sessionOf(response);
    const seen = await scored(response, bulkRows);
    must(
      stage.model.requests().infer === before + 1,
      `the model was called ${stage.model.requests().infer - before} times`,
    );
    return seen;
  });
  leaving.abort();
  return { steps: [held, self, approved], session };
}

export const bulkCallDenied = (stage: Stage): Promise<Step> =>
  step(`ana scores ${bulkRows + 1} rows, rex denies it`, '403', async (limit) => {
    const before = stage.model.requests().infer;
    const answer = score(stage, bulkRows + 1, { token: stage.tokens.ana, signal: limit });
    answer.catch(() => undefined);
    const id = await nextApproval(stage, answer, limit);
    const { code, stderr } = await stage.operator.decide('deny', id, 'Not this quarter', stage.tokens.rex);
    must(code === 0, `exit ${code} ${stderr.slice(0, 100)}`);
    const response = await answer;
    const body = await response.text();
    must(response.status === 403, `${response.status} ${body.slice(0, 100)}`);
    must(stage.model.requests().infer === before, 'the model was called');
    return '403; the model saw nothing';
  });

/** The approval that the pending call asks for. Throws at once when the call is answered instead of held. */
async function nextApproval(stage: Stage, answer: Promise<Response>, limit: AbortSignal): Promise<string> {
  let early: string | undefined;
  answer.then(
    (response) => {
      early = `it was not held: ${response.status}`;
    },
    (error: unknown) => {
      early = `the call failed: ${String(error)}`;
    },
  );
  for (;;) {
    const [id] = await stage.operator.openApprovals(stage.tokens.rex);
    if (id !== undefined) return id;
    if (early !== undefined) throw new Error(early);
    await pause(100, undefined, { signal: limit });
  }
}

function within<T>(promise: Promise<T>, limit: AbortSignal): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(new Error('no answer came')), { once: true });
  });
  return Promise.race([promise, late]);
}

const firstLine = (text: string): string => text.trim().split('\n', 1)[0]?.slice(0, 80) ?? '';
