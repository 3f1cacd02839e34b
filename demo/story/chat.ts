import { leaked } from '../model/answer.ts';
import { isObject } from '../model/json.ts';
import { chat } from './calls.ts';
import { must, type Stage, type Step, step } from './stage.ts';

export const streamedAnswer = (stage: Stage, gzip: boolean): Promise<Step> =>
  step(
    gzip ? 'the same, gzipped by the model' : 'a chat answer, one character an event',
    'role event before the model goes on; nothing of the leak arrives',
    async (limit) => {
      // The model stops after its first event until we have seen it: streaming is proved without a stopwatch.
      stage.model.gate.close();
      try {
        const response = await chat(stage, 'Please spell it out', { token: stage.tokens.ana, gzip, signal: limit });
        if (response.status !== 200) throw new Error(`${response.status} ${(await response.text()).slice(0, 80)}`);
        const stream = await readStream(response, () => stage.model.gate.open());
        if (gzip) must(modelGzipped(stage), 'the model was not asked for gzip');
        return judge(stream);
      } finally {
        stage.model.gate.open();
      }
    },
  );

/** The model gzips whenever it may. The gateway has to decode that to mask it, and need not gzip what it passes on. */
const modelGzipped = (stage: Stage): boolean =>
  /\bgzip\b/.test(String(stage.model.received().at(-1)?.headers['accept-encoding']));

/** All of the stream's text; `onFirst` is called as soon as its first event is here. */
async function readStream(response: Response, onFirst: () => void): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let first = true;
  for await (const part of response.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (!first || !text.includes('\n\n')) continue;
    first = false;
    must(text.includes('"role":"assistant"'), `the first event was ${text.slice(0, 80)}`);
    onFirst();
  }
  return text + decoder.decode();
}

function judge(stream: string): string {
  const events = stream.split('\n\n').filter((event) => event !== '');
  must(events.at(-1) === 'data: [DONE]', `the stream ended with ${events.at(-1)?.slice(0, 60)}`);
  const said = events.slice(0, -1).map(contentOf).join('');
  for (const [kind, value] of Object.entries(leaked)) {
    must(!stream.includes(value) && !said.includes(value), `the ${kind} came through: ${said}`);
    // A masker that only moved the separators would still have given the value away.
    must(!squeeze(said).includes(squeeze(value)), `the ${kind} came through without its separators: ${said}`);
  }
  must(said.startsWith("Here is the customer's file."), `the answer began with ${said.slice(0, 60)}`);
  must(said.endsWith('Shall I read on?'), `the answer ended with ${said.slice(-60)}`);
  return `${events.length} events, “…${said.slice(said.indexOf('SSN'), said.indexOf(', IBAN'))}…”`;
}

const squeeze = (text: string): string => text.replace(/[\s().-]/g, '');

function contentOf(event: string): string {
  const chunk: unknown = JSON.parse(event.replace(/^data: /, ''));
  const choices = isObject(chunk) && Array.isArray(chunk['choices']) ? chunk['choices'] : [];
  const choice: unknown = choices[0];
  const delta = isObject(choice) ? choice['delta'] : undefined;
  return isObject(delta) && typeof delta['content'] === 'string' ? delta['content'] : '';
}
