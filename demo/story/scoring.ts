import { leakedCustomers } from '../model/credit-scoring.ts';
import { isObject } from '../model/json.ts';
import { score, sessionOf } from './calls.ts';
import { must, type Stage, type Step, step } from './stage.ts';

export const fewRowsScored = (stage: Stage): Promise<Step> =>
  step(
    'ana scores 3 rows',
    '200; scores whole, customers masked; the model sees its own key, not hers',
    async (signal) => {
      const token = stage.tokens.ana;
      const seen = await scored(await score(stage, 3, { token, signal }), 3);
      const reached = stage.model.received().at(-1);
      must(reached?.headers.authorization === `Bearer ${stage.model.key}`, 'the model did not get its own key');
      must(!JSON.stringify(reached?.headers).includes(token), "ana's token reached the model");
      return seen;
    },
  );

/** Checks a scoring answer: all probabilities there, and nothing of the customers' data. Returns a line about it. */
export async function scored(response: Response, rows: number): Promise<string> {
  const body = await response.text();
  must(response.status === 200, `${response.status} ${body.slice(0, 100)}`);
  must(sessionOf(response) !== '', 'the answer names no session');
  const outputs = outputsOf(JSON.parse(body));
  const probabilities = outputs.get('default_probability') ?? [];
  const customers = (outputs.get('customer') ?? []).map(String);
  const sound = probabilities.filter((value) => typeof value === 'number' && value > 0 && value < 1);
  must(sound.length === rows && customers.length === rows, `${sound.length} scores, ${customers.length} customers`);
  for (const line of leakedCustomers(rows)) {
    for (const secret of line.match(/\d{3}-\d{2}-\d{4}|\S+@\S+/g) ?? []) {
      must(!body.includes(secret), `${secret} came through`);
    }
  }
  return `200, ${rows} scores, “${customers[0]}”`;
}

function outputsOf(answer: unknown): ReadonlyMap<string, readonly unknown[]> {
  const outputs = isObject(answer) && Array.isArray(answer['outputs']) ? answer['outputs'] : [];
  return new Map(
    outputs.flatMap((output: unknown) =>
      isObject(output) && typeof output['name'] === 'string' && Array.isArray(output['data'])
        ? [[output['name'], output['data']] as const]
        : [],
    ),
  );
}
