/**
 * What goes through: fixed bytes, so that every run moves the same. The values are well known from documentation or reserved for
 * fiction; five of them, one of each kind that is masked, to every 4 KB.
 */
export const sensitive = [
  '4111 1111 1111 1111',
  '536-22-8841',
  'DE89 3704 0044 0532 0130 00',
  'kim@example.com',
  '(212) 555-0142',
] as const;

const sentence =
  'The applicant was asked for the documents named in the credit policy and has brought them within the month as agreed. ';

/** Prose of about `length` characters with all five values in it, spread evenly. */
function prose(length: number): string {
  const gap = Math.floor((length - sensitive.join('').length) / sensitive.length) - 2;
  return sensitive
    .map((value) => `${sentence.repeat(Math.ceil(gap / sentence.length)).slice(0, gap)} ${value} `)
    .join('');
}

const head = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'bank-assistant' };
const usage = { prompt_tokens: 210, completion_tokens: 900, total_tokens: 1_110 };

/** A chat completion of exactly `bytes` bytes; one choice for each 4 KB, so that a larger one is as dense. */
function completion(bytes: number): Buffer {
  const choices = Math.round(bytes / 4096);
  const build = (contents: readonly string[]): string =>
    JSON.stringify({
      ...head,
      object: 'chat.completion',
      choices: contents.map((content, index) => ({
        index,
        message: { role: 'assistant', content },
        finish_reason: 'stop',
      })),
      usage,
    });
  const contents = Array.from({ length: choices }, () => prose(3_800));
  const missing = bytes - build(contents).length;
  const last = contents.length - 1;
  contents[last] = `${contents[last]}${sentence.repeat(Math.ceil(missing / sentence.length)).slice(0, missing)}`;
  return Buffer.from(build(contents));
}

export const answer4k = completion(4_096);
export const answer64k = completion(65_536);

export const eventsPerStream = 100;
export const eventGapMs = 5;

/** 100 events of about 150 bytes as chat models stream: a few tokens each, the five values cut between events. */
export const events: readonly Buffer[] = (() => {
  const chunk = (delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const pieces = eventsPerStream - 3;
  const text = prose(pieces * 10);
  const size = Math.ceil(text.length / pieces);
  return [
    chunk({ role: 'assistant', content: '' }),
    ...Array.from({ length: pieces }, (_, index) => chunk({ content: text.slice(index * size, (index + 1) * size) })),
    chunk({}, 'stop'),
    'data: [DONE]\n\n',
  ].map((event) => Buffer.from(event));
})();

/** A chat request of exactly 1 KB. */
export function chatRequest(stream: boolean): Buffer {
  const build = (content: string): string =>
    JSON.stringify({ model: head.model, stream, max_tokens: 1_024, messages: [{ role: 'user', content }] });
  const missing = 1_024 - build('').length;
  return Buffer.from(build(sentence.repeat(Math.ceil(missing / sentence.length)).slice(0, missing)));
}

/** An Open Inference request of so many rows with one number each. */
export function scoringRequest(rows: number): Buffer {
  const input = {
    name: 'balance',
    datatype: 'FP64',
    shape: [rows, 1],
    data: Array.from({ length: rows }, (_, at) => at),
  };
  return Buffer.from(JSON.stringify({ inputs: [input] }));
}
