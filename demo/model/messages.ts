/** Anthropic's Messages: a block for what it thinks, one for what it says, one for the tool it calls. */
import { type Asked, answerText, chatModel, type Question, thoughtText, tokens, toolArguments } from './answer.ts';
import { dig } from './json.ts';

export const messageQuestion = (request: unknown): Question => ({
  model: dig(request, 'model'),
  messages: dig(request, 'messages'),
  stream: dig(request, 'stream') === true,
  thinks: dig(request, 'thinking') !== undefined,
  tool: dig(request, 'tools', 0, 'name'),
});

type Members = Readonly<Record<string, unknown>>;

const signature = 'ErUBCkYIBRgCIkD0cmFuc3BhcmVudA==';

interface ContentBlock {
  readonly whole: Members;
  readonly begun: Members;
  readonly text: string;
  delta(piece: string): Members;
}

function blocksOf({ thinks, tool }: Asked): readonly ContentBlock[] {
  const thought: ContentBlock = {
    whole: { type: 'thinking', thinking: thoughtText, signature },
    begun: { type: 'thinking', thinking: '', signature: '' },
    text: thoughtText,
    delta: (thinking) => ({ type: 'thinking_delta', thinking }),
  };
  const said: ContentBlock = {
    whole: { type: 'text', text: answerText },
    begun: { type: 'text', text: '' },
    text: answerText,
    delta: (text) => ({ type: 'text_delta', text }),
  };
  const use = { type: 'tool_use', id: 'toolu_1', name: tool };
  const called: ContentBlock = {
    whole: { ...use, input: JSON.parse(toolArguments) },
    begun: { ...use, input: {} },
    text: toolArguments,
    delta: (partial_json) => ({ type: 'input_json_delta', partial_json }),
  };
  return [...(thinks ? [thought] : []), said, ...(tool === undefined ? [] : [called])];
}

const head = (id: string): Members => ({ id, type: 'message', role: 'assistant', model: chatModel });
const reason = ({ tool }: Asked): string => (tool === undefined ? 'end_turn' : 'tool_use');

export const message = (id: string, asked: Asked): object => ({
  ...head(id),
  content: blocksOf(asked).map(({ whole }) => whole),
  stop_reason: reason(asked),
  stop_sequence: null,
  usage: { input_tokens: tokens.asked, output_tokens: tokens.said },
});

export function* messageEvents(id: string, asked: Asked): Generator<string> {
  const event = (type: string, members: Members): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
  const begun = { ...head(id), content: [], stop_reason: null, stop_sequence: null };
  yield event('message_start', { message: { ...begun, usage: { input_tokens: tokens.asked, output_tokens: 1 } } });
  for (const [index, block] of blocksOf(asked).entries()) {
    yield event('content_block_start', { index, content_block: block.begun });
    if (index === 0) yield event('ping', {});
    for (const piece of asked.pieces(block.text))
      yield event('content_block_delta', { index, delta: block.delta(piece) });
    if ('signature' in block.whole) {
      yield event('content_block_delta', { index, delta: { type: 'signature_delta', signature } });
    }
    yield event('content_block_stop', { index });
  }
  const delta = { stop_reason: reason(asked), stop_sequence: null };
  yield event('message_delta', { delta, usage: { output_tokens: tokens.said } });
  yield event('message_stop', {});
}
