/** Streams as the official npm packages give them: every event, and what their own helpers make of all of them. */
import assert from 'node:assert/strict';
import type Anthropic from '@anthropic-ai/sdk';
import { FunctionCallingConfigMode, type GoogleGenAI } from '@google/genai';
import type { Ollama } from 'ollama';
import type OpenAI from 'openai';
import { masked } from './assistant.ts';

const model = 'bank-assistant';
const schema = { type: 'object' as const, properties: { ssn: { type: 'string' } }, additionalProperties: true };

/** Of a stream, once from its events and once from the helper. */
export interface ReadStream {
  readonly text: string;
  readonly thought: string;
  readonly arguments: string;
  readonly events: number;
}

export function assertMasked(read: ReadStream, thinks: boolean): void {
  const { events, ...said } = read;
  assert.deepEqual(said, { ...masked, thought: thinks ? masked.thought : '' });
  assert.ok(events > 3, `${events} events`);
}

export async function chatStream(client: OpenAI, words: string): Promise<ReadStream> {
  const tools = [{ type: 'function' as const, function: { name: 'look_up', parameters: schema } }];
  const stream = client.chat.completions.stream({ model, messages: [{ role: 'user', content: words }], tools });
  const read = { text: '', thought: '', arguments: '', events: 0 };
  for await (const { choices } of stream) {
    read.events++;
    for (const { delta } of choices) {
      read.text += delta.content ?? '';
      for (const call of delta.tool_calls ?? []) read.arguments += call.function?.arguments ?? '';
    }
  }
  const { choices, usage } = await stream.finalChatCompletion();
  const [call] = choices[0]?.message.tool_calls ?? [];
  assert.equal(choices[0]?.message.content, read.text);
  assert.equal(call?.type === 'function' ? call.function.arguments : '', read.arguments);
  assert.equal(choices[0]?.finish_reason, 'tool_calls');
  assert.equal(usage?.completion_tokens, 48);
  return read;
}

export async function responseStream(client: OpenAI, words: string): Promise<ReadStream> {
  const tools = [{ type: 'function' as const, name: 'look_up', parameters: schema, strict: false }];
  const stream = client.responses.stream({ model, input: words, tools, reasoning: { summary: 'auto' } });
  const read = { text: '', thought: '', arguments: '', events: 0 };
  const repeated: string[] = [];
  for await (const event of stream) {
    assert.equal(event.sequence_number, read.events++, 'numbers without gap and repeat');
    if (event.type === 'response.output_text.delta') read.text += event.delta;
    if (event.type === 'response.reasoning_summary_text.delta') read.thought += event.delta;
    if (event.type === 'response.function_call_arguments.delta') read.arguments += event.delta;
    if (event.type === 'response.output_text.done') repeated.push(event.text);
    if (event.type === 'response.content_part.done' && event.part.type === 'output_text')
      repeated.push(event.part.text);
  }
  assert.deepEqual(repeated, [read.text, read.text]);
  const final = await stream.finalResponse();
  const [reasoning, , call] = final.output;
  assert.equal(final.output_text, read.text);
  assert.equal(reasoning?.type === 'reasoning' ? reasoning.summary[0]?.text : '', read.thought);
  assert.equal(call?.type === 'function_call' ? call.arguments : '', read.arguments);
  return read;
}

export async function messageStream(client: Anthropic, words: string): Promise<ReadStream> {
  const stream = client.messages.stream({
    model,
    max_tokens: 300,
    thinking: { type: 'enabled', budget_tokens: 1024 },
    messages: [{ role: 'user', content: words }],
    tools: [{ name: 'look_up', input_schema: schema }],
  });
  const read = { text: '', thought: '', arguments: '', events: 0 };
  for await (const event of stream) {
    read.events++;
    if (event.type !== 'content_block_delta') continue;
    if (event.delta.type === 'text_delta') read.text += event.delta.text;
    if (event.delta.type === 'thinking_delta') read.thought += event.delta.thinking;
    if (event.delta.type === 'input_json_delta') read.arguments += event.delta.partial_json;
  }
  const { content, stop_reason } = await stream.finalMessage();
  const [thought, text, call] = content;
  assert.deepEqual(thought, { type: 'thinking', thinking: read.thought, signature: '' }, 'altered, so not signed');
  assert.equal(text?.type === 'text' ? text.text : '', read.text);
  assert.deepEqual(call?.type === 'tool_use' ? call.input : undefined, JSON.parse(read.arguments));
  assert.equal(stop_reason, 'tool_use');
  return read;
}

export async function geminiStream(client: GoogleGenAI, words: string): Promise<ReadStream> {
  const stream = await client.models.generateContentStream({
    model,
    contents: words,
    config: {
      thinkingConfig: { includeThoughts: true },
      tools: [{ functionDeclarations: [{ name: 'look_up', parametersJsonSchema: schema }] }],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
    },
  });
  const read = { text: '', thought: '', arguments: '', events: 0 };
  for await (const event of stream) {
    read.events++;
    for (const part of event.candidates?.[0]?.content?.parts ?? []) {
      if (part.thought === true) read.thought += part.text ?? '';
      else read.text += part.text ?? '';
    }
    for (const call of event.functionCalls ?? []) read.arguments += JSON.stringify(call.args);
  }
  return read;
}

export async function ollamaStream(client: Ollama, words: string): Promise<ReadStream> {
  const tools = [{ type: 'function', function: { name: 'look_up', description: '', parameters: { type: 'object' } } }];
  const messages = [{ role: 'user', content: words }];
  const read = { text: '', thought: '', arguments: '', events: 0 };
  for await (const { message } of await client.chat({ model, messages, tools, think: true, stream: true })) {
    read.events++;
    read.text += message.content;
    read.thought += message.thinking ?? '';
    for (const call of message.tool_calls ?? []) read.arguments += JSON.stringify(call.function.arguments);
  }
  return read;
}
