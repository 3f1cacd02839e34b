/** Field rules that would hold for one form of a body only do not load. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faults } from './policy.testing.ts';

const told = 'path: what this is in gRPC, which endpoint "e" takes too, cannot be told';
const hint = 'say it with protobuf: beside path, or name tensors and parameters: docs/policy.md, Fields';

function policy(
  rule: string,
  { api = 'open-inference-v2', path = '/**', mask = 'response: p', profile = 'p' } = {},
): string {
  return `version: 1
endpoints:
  - name: e
    match: { host: h.test, path: "${path}" }
    api: ${api}
    model: { name: m }
    mask: { ${mask} }
mask:
  ${profile}:
    like: bank
    fields:
      - ${rule}
`;
}
const inRows = '{ path: "$.outputs[*].data[0]", as: us_ssn }';
const field = 'inference.ModelInferResponse.outputs.contents';

describe('a JSONPath that cannot be told in protobuf', () => {
  it('is said with its place where an endpoint takes gRPC, for either direction', () => {
    for (const mask of ['response: p', 'request: p', 'request: p, response: none'])
      assert.deepEqual(faults(policy(inRows, { mask })), [`a.yaml:12:17: ${told} (${hint})`]);
    assert.deepEqual(faults(policy('{ path: "$.inputs.a[3]", as: us_ssn }', { api: 'tf-serving' })), [
      `a.yaml:12:17: ${told} (${hint})`,
    ]);
  });
  it('is said where an endpoint of Open Inference takes JSON alone: tensors may stand behind it', () => {
    assert.deepEqual(faults(policy(inRows, { path: '/v2/models/*/infer' })), [
      `a.yaml:12:17: ${told.replace('gRPC', 'binary tensors')} (${hint})`,
    ]);
  });
  it('is said of what records are masked with, whatever the traffic is', () => {
    assert.equal(faults(policy(inRows, { mask: 'response: none', profile: 'bank' })).length, 1);
  });
  it('is fine where it can be told, where no protobuf comes, where nobody uses it, and with the field beside it', () => {
    assert.deepEqual(faults(policy('{ path: "$.outputs[?@.name==\'a\'].data[*]", as: us_ssn }')), []);
    assert.deepEqual(
      faults(policy('{ path: "$.inputs.a[3]", as: us_ssn }', { api: 'tf-serving', path: '/v1/**' })),
      [],
    );
    assert.deepEqual(faults(policy('{ path: "$[0]", as: us_ssn }', { api: 'json' })), []);
    assert.deepEqual(faults(policy(inRows, { mask: 'response: none' })), []);
    assert.deepEqual(faults(policy(`{ path: "$.outputs[*].data[0]", protobuf: ${field}, as: us_ssn }`)), []);
  });
});

describe('a protobuf field', () => {
  it('alone is said with its place where an endpoint takes JSON as well', () => {
    assert.deepEqual(faults(policy(`{ protobuf: ${field}, as: us_ssn }`)), [
      'a.yaml:12:21: protobuf: reaches no JSON, which endpoint "e" takes too (say it with path: as well)',
    ]);
  });
  it('alone is fine where gRPC alone comes, and for another API', () => {
    const path = '/inference.GRPCInferenceService/ModelInfer';
    assert.deepEqual(faults(policy(`{ protobuf: ${field}, as: us_ssn }`, { path })), []);
    assert.deepEqual(faults(policy(`{ protobuf: ${field}, as: us_ssn }`, { api: 'tf-serving' })), []);
  });
  it('that is wrong is said with the place in it, and what was meant', () => {
    assert.deepEqual(faults(policy(`{ protobuf: inference.ModelInferResponse.output, as: us_ssn }`)), [
      'a.yaml:12:50: protobuf: inference.ModelInferResponse has no field "output" (character 30) (did you mean "outputs"?)',
    ]);
    assert.deepEqual(faults(policy(`{ protobuf: inference.ModelInferRespons.outputs, as: us_ssn }`)), [
      'a.yaml:12:21: protobuf: expected the full name of a message that a model takes or gives, and a field of it (character 1) (did you mean "inference.ModelInferResponse"?)',
    ]);
  });
});

it('a rule without a place is said', () => {
  assert.deepEqual(faults(policy('{ as: us_ssn }')), [
    'a.yaml:12:9: where is it? say path (of JSON), protobuf, or both',
  ]);
});
