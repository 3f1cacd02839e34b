/** The topics as an AsyncAPI 3 document, for people and tools that read them. Payloads are the JSON Schemas beside it. */
import { type RecordType, recordTypes } from '../record.ts';
import { type NoteTopic, noteTopics, type Topic, topicOf, topics } from '../topics.ts';
import { belongsToSession, recordWhen } from './catalogue.ts';

const topicWords: Record<Topic, string> = {
  events: 'What became of calls. As many partitions as `kafka.partitions` says.',
  payloads: 'Masked copies, sealed. As many partitions as `kafka.partitions` says.',
  approvals: 'What people were asked and what they decided. One partition.',
  admin: 'The life of ledgers and policies. One partition.',
};

const noteWords = {
  checkpoints: {
    type: 'checkpoint',
    id: '/checkpoint/\\d+$',
    says: 'Signed size and root of a ledger, by size. It comes after the records that it covers. Kept for ever. One partition.',
  },
  keys: {
    type: 'certificate',
    id: '/certificate$',
    says: 'Which key signs the checkpoints of a ledger, signed by the long-term key; before its first checkpoint. Compacted. One partition.',
  },
} as const satisfies Record<NoteTopic, { readonly type: string; readonly id: string; readonly says: string }>;

/** Where the schema of a record type lies, from the AsyncAPI document. */
export const schemaFile = (type: RecordType): string => `records/${type}.schema.json`;

/** CloudEvents 1.0 in binary content mode: text only. Copies for routing; whoever checks integrity reads the value. */
export function headerSchema(type: RecordType): object {
  const subject = { type: 'string', description: 'the session, also the key' };
  const leaf = {
    type: 'string',
    pattern: '^[A-Za-z0-9_-]{43}$',
    description: 'SHA-256(0x00 ‖ value), base64url',
  };
  const always = {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: { type: 'string', pattern: '^[^/]+/[^/]+/[^/]+/\\d+$', description: '<ledger>/<seq>' },
    ce_source: { type: 'string', format: 'uri-reference', description: 'the ledger' },
    ce_type: { const: `countersign.${type}` },
    ce_time: { type: 'string', format: 'date-time' },
    'countersign-leaf': leaf,
  };
  const properties = belongsToSession(type) ? { ...always, ce_subject: subject } : always;
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

function messageOf(type: RecordType): object {
  return {
    name: `countersign.${type}`,
    summary: recordWhen[type],
    contentType: 'application/json',
    headers: headerSchema(type),
    payload: {
      schemaFormat: 'application/schema+json;version=draft-2020-12',
      schema: { $ref: schemaFile(type) },
    },
    bindings: {
      kafka: {
        key: {
          type: 'string',
          description: belongsToSession(type) ? 'the session' : 'the ledger',
        },
      },
    },
  };
}

export function noteHeaderSchema(topic: NoteTopic): object {
  const { type, id } = noteWords[topic];
  const properties = {
    'content-type': { const: 'text/plain; charset=utf-8' },
    ce_specversion: { const: '1.0' },
    ce_id: { type: 'string', pattern: `^[^/]+/[^/]+/[^/]+${id}` },
    ce_source: { type: 'string', format: 'uri-reference', description: 'the ledger' },
    ce_type: { const: `countersign.${type}` },
  };
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

/** A signed note, as docs/ledger-format.md has it: text, not JSON. */
function noteMessageOf(topic: NoteTopic): object {
  const { type, says } = noteWords[topic];
  return {
    name: `countersign.${type}`,
    summary: says,
    contentType: 'text/plain; charset=utf-8',
    headers: noteHeaderSchema(topic),
    payload: { type: 'string', description: 'a signed note (c2sp.org/signed-note)' },
    bindings: { kafka: { key: { type: 'string', description: 'the ledger' } } },
  };
}

function channelOf(topic: Topic | NoteTopic, types: readonly string[], description: string): object {
  return {
    address: `{prefix}.${topic}.v1`,
    description,
    messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
    parameters: { prefix: { default: 'countersign', description: '`kafka.topic_prefix` of countersign.yaml' } },
  };
}

export function asyncApiDocument(): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Countersign audit trail',
      version: '1.0.0',
      description:
        'Every record of every ledger, at least once and in order within (ledger, topic). Drop what (chain.ledger, chain.seq) has shown before; a missing chain.pseq is a missing record. docs/audit-events.md',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries([
      ...topics.map((topic) => {
        const types = recordTypes.filter((type) => topicOf(type) === topic);
        return [topic, channelOf(topic, types, topicWords[topic])];
      }),
      ...noteTopics.map((topic) => [topic, channelOf(topic, [noteWords[topic].type], noteWords[topic].says)]),
    ]),
    operations: Object.fromEntries(
      [...topics, ...noteTopics].map((topic) => [
        `send.${topic}`,
        { action: 'send', channel: { $ref: `#/channels/${topic}` } },
      ]),
    ),
    components: {
      messages: Object.fromEntries([
        ...recordTypes.map((type) => [type, messageOf(type)]),
        ...noteTopics.map((topic) => [noteWords[topic].type, noteMessageOf(topic)]),
      ]),
    },
  };
}
