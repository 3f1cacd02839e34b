import { chat, post, score } from './calls.ts';
import { must, type Stage, type Step, step } from './stage.ts';

/** Plays calls that must be refused, and proves that the model saw none of them. */
async function nothingReachesTheModel(stage: Stage, calls: () => Promise<string>): Promise<string> {
  const before = JSON.stringify(stage.model.requests());
  const seen = await calls();
  const after = JSON.stringify(stage.model.requests());
  must(before === after, `${seen}; but the model saw something: ${before} became ${after}`);
  return `${seen}; the model saw nothing`;
}

async function statusOf(call: Promise<Response>, expected: number): Promise<string> {
  const response = await call;
  const body = await response.text();
  must(response.status === expected, `${response.status} ${body.slice(0, 100)}`);
  return String(response.status);
}

export const strangersRefused = (stage: Stage): Promise<Step> =>
  step('no token, and a made-up one', '401', (signal) =>
    nothingReachesTheModel(stage, async () => {
      const none = await statusOf(chat(stage, 'Hello', { signal }), 401);
      const forged = await statusOf(chat(stage, 'Hello', { token: forge(stage.tokens.ana), signal }), 401);
      return `${none}, ${forged}`;
    }),
  );

export const callerWithoutRuleRefused = (stage: Stage): Promise<Step> =>
  step('tom, whom no rule allows anything: chat, 1 row, 101 rows', '403', (signal) =>
    nothingReachesTheModel(stage, async () => {
      const token = stage.tokens.tom;
      const asked = await statusOf(chat(stage, 'Hello', { token, signal }), 403);
      const one = await statusOf(score(stage, 1, { token, signal }), 403);
      const many = await statusOf(score(stage, 101, { token, signal }), 403);
      return `${asked}, ${one}, ${many}`;
    }),
  );

export const unsafeCallRefused = (stage: Stage): Promise<Step> =>
  step('ana tries to unload the model', '403: no endpoint is there for it', (signal) =>
    nothingReachesTheModel(stage, () => {
      const path = '/v2/repository/models/credit-scoring/unload';
      return statusOf(post(stage, path, {}, { token: stage.tokens.ana, signal }), 403);
    }),
  );

export const dumpRefused = (stage: Stage): Promise<Step> =>
  step('ana scores 50,001 rows', '403 by rule never-a-dump', (signal) =>
    nothingReachesTheModel(stage, () => statusOf(score(stage, 50_001, { token: stage.tokens.ana, signal }), 403)),
  );

/** Ana's token with one character of its signature changed: well-formed, and signed by nobody. */
function forge(token: string): string {
  const at = token.lastIndexOf('.') + 10;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}
