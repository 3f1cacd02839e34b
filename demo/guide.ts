import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scoringRequest } from './story/calls.ts';

/** Bodies too long for a command line, so that a bulk call is one line to copy as well. */
export function writeSamples(directory: string): void {
  mkdirSync(join(directory, 'try'), { recursive: true });
  for (const rows of [3, 500, 50_001]) {
    writeFileSync(join(directory, 'try', `${rows}-rows.json`), JSON.stringify(scoringRequest(rows)));
  }
}

/** What to try, to copy from the terminal. Every line works as it stands, in another terminal, in the repository's root. */
export function guide(proxy: string, directory: string): string {
  const bearer = (name: string): string => `-H "Authorization: Bearer $(npx countersign demo token ${name})"`;
  const at = (path: string): string => `curl -sN ${proxy}${path}`;
  const asked = (member: string, what: string): string =>
    `'{"model":"bank-assistant","stream":true,"max_tokens":300,"${member}":${what}}'`;
  const chat = at('/v1/chat/completions');
  const score = `curl -s ${proxy}/v2/models/credit-scoring/infer`;
  const body = (rows: number): string => `-d @${join(directory, 'try', `${rows}-rows.json`)}`;
  const asRex = `--config ${directory} --token-file ${join(directory, 'rex.token')}`;
  const ask = `'{"model":"bank-assistant","stream":true,"messages":[{"role":"user","content":"Please spell it out"}]}'`;
  return `
Countersign runs at ${proxy}; Ctrl-C ends it. People: ana (credit-analysts), rex and mia (model-risk), tom (no rule).
In another terminal, in this repository:

A streamed answer, masked in flight although every character is an event of its own; then the same over gzip:
  ${chat} ${bearer('ana')} -d ${ask}
  ${chat} --compressed ${bearer('ana')} -d ${ask}

The same assistant by OpenAI's Responses and by Anthropic's Messages, in tokens of three characters:
  ${at('/v1/responses')} ${bearer('ana')} -d ${asked('input', '"In pieces of 3"')}
  ${at('/v1/messages')} ${bearer('ana')} -d ${asked('messages', '[{"role":"user","content":"In pieces of 3"}]')}

A caller whom no rule allows anything, and one without a token:
  ${chat} -i ${bearer('tom')} -d ${ask}
  ${chat} -i -d ${ask}

Credit scoring: 3 rows are answered; 500 wait for a second person; 50,001 are refused:
  ${score} ${bearer('ana')} ${body(3)}
  ${score} ${bearer('ana')} ${body(500)}
  ${score} -i ${bearer('ana')} ${body(50_001)}

While the 500 rows wait, in a third terminal:
  (umask 077; npx countersign demo token rex > ${join(directory, 'rex.token')})
  npx countersign approval list ${asRex}
  npx countersign approval approve ID --reason "Quarterly review" ${asRex}

What was recorded, and the proof that nothing was altered:
  npx countersign session list --config ${directory}
  npx countersign session show ID --config ${directory}
  npx countersign ledger verify ${join(directory, 'ledger')}
`;
}
