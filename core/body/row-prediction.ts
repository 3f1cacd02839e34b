/**
 * Row and column formats of KServe's V1 protocol and of TensorFlow Serving's REST API: `instances` is a list of rows, `inputs` one
 * tensor or several by name, `examples` the rows of `:classify` and `:regress`.
 */
import type { BodyFacts } from '../policy/policy.ts';
import { err, ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { hasMisspelt, knownMembers } from './key-folding.ts';
import type { RequestReading } from './request-reading.ts';
import { isRecord, type JsonRecord, member, wrongShape } from './shape.ts';

const members = knownMembers('instances', 'inputs', 'signature_name', 'examples', 'context');

/** The verbs of each API, at the end of its paths. Others are not guessed. */
const verbs = { 'kserve-v1': /:(?:predict|explain)$/, 'tf-serving': /:(?:predict|classify|regress)$/ } as const;

export function readRowPrediction(
  api: keyof typeof verbs,
  body: unknown,
  bytes: number,
  path: string,
): Result<RequestReading, BodyError> {
  if (!verbs[api].test(path)) return err({ code: 'ERR_BODY_OPERATION', reason: 'verb_not_known' });
  if (!isRecord(body)) return wrongShape('body_not_an_object');
  if (hasMisspelt(body, members)) return wrongShape('member_spelled_otherwise');
  const rows = countRows(body);
  if (!rows.ok) return rows;
  const facts: BodyFacts = { bytes: BigInt(bytes), rows: rows.value, model: '', stream: false, max_tokens: 0n, n: 1n };
  return ok({ facts, asksForLogprobs: false });
}

function countRows(body: JsonRecord): Result<bigint, BodyError> {
  const given = ['instances', 'inputs', 'examples'].filter((name) => member(body, name) !== undefined);
  const [name] = given;
  // Servers differ in which of two they take.
  if (given.length > 1) return wrongShape('rows_given_twice');
  if (name === undefined) return wrongShape('no_rows');
  const value = member(body, name);
  if (name !== 'inputs') return Array.isArray(value) ? ok(BigInt(value.length)) : wrongShape(`${name}_not_a_list`);
  if (!isRecord(value)) return ok(firstDimension(value));
  let most = 0n;
  for (const tensor of Object.values(value)) {
    const rows = firstDimension(tensor);
    if (rows > most) most = rows;
  }
  return ok(most);
}

/** A scalar is one row. */
const firstDimension = (tensor: unknown): bigint => (Array.isArray(tensor) ? BigInt(tensor.length) : 1n);
