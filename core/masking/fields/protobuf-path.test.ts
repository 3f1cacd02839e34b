/** Field rules in protobuf: how they are written, and what a JSONPath is there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Api } from '../../policy/policy.ts';
import { parseFieldPath } from './field-path.ts';
import { parseProtobufPath } from './protobuf-path.ts';
import { twinOf } from './twin.ts';

const request = 'inference.ModelInferRequest';
const response = 'inference.ModelInferResponse';

describe('a path into messages', () => {
  const fault = (path: string): string => {
    const parsed = parseProtobufPath(path);
    return parsed.ok ? parsed.value.api : `${parsed.error.offset}: ${parsed.error.message}`;
  };
  it('begins at any message with data, and goes through fields, entries and tensors', () => {
    for (const path of [
      `${request}.id`,
      `${request}.inputs`,
      `${request}.inputs[name="ssn"]`,
      `${request}.inputs[name='a "quoted" name'].contents.bytes_contents`,
      `${request}.inputs[name="ssn"].parameters["customer"]`,
      `${response}.outputs.contents`,
      `${request}.InferInputTensor.contents`,
      'inference.InferParameter.string_param',
      'inference.ModelStreamInferResponse.error_message',
    ])
      assert.equal(fault(path), 'open-inference-v2', path);
    for (const path of [
      'tensorflow.serving.PredictRequest.inputs["ssn"]',
      'tensorflow.serving.PredictResponse.outputs',
      'tensorflow.Features.feature["ssn"].bytes_list.value',
      'tensorflow.serving.Classifications.classes.label',
      'tensorflow.serving.Regression.value',
    ])
      assert.equal(fault(path), 'tf-serving', path);
  });
  it('what is wrong is said with its place', () => {
    assert.equal(
      fault('ModelInferRequest.id'),
      '0: expected the full name of a message that a model takes or gives, and a field of it',
    );
    assert.equal(
      fault(request),
      '0: expected the full name of a message that a model takes or gives, and a field of it',
    );
    assert.equal(fault(`${request}.input`), `28: ${request} has no field "input"`);
    assert.equal(fault(`${request}.inputs[0]`), '34: expected ".field", or ["key"] behind a map');
    assert.equal(fault(`${request}.inputs["ssn"]`), '28: "inputs" is read as inputs[name="…"]');
    assert.equal(fault(`${request}.parameters[name="x"]`), '28: "parameters" is read as parameters["key"]');
    assert.equal(fault(`${request}.id["x"]`), '28: "id" is read as id, without brackets');
    assert.equal(fault(`${request}.id.x`), '31: "x": what stands in front of it has no fields');
    assert.match(fault(`${request}.${'a'.repeat(600)}`), /^0: at most 512 characters/);
  });
  it('what says how a message is to be read is not hidden', () => {
    assert.equal(fault(`${request}.inputs.name`), '35: "name" says what a tensor is, and stays');
    assert.equal(fault(`${request}.inputs.datatype`), '35: "datatype" says what a tensor is, and stays');
    assert.equal(fault(`${request}.inputs.shape`), '35: "shape" holds no value');
    assert.match(
      fault(`${request}.raw_input_contents`),
      /^28: "raw_input_contents" holds what tensors hold: name a tensor/,
    );
    assert.match(fault('tensorflow.TensorProto.string_val'), /^23: "string_val" is one way to write a tensor/);
  });
});

describe('a JSONPath, in messages', () => {
  const twin = (api: Api, path: string): readonly string[] | undefined => {
    const parsed = parseFieldPath(path);
    assert.ok(parsed.ok, path);
    const twins = twinOf(parsed.value, api);
    for (const one of twins ?? []) assert.equal(parseProtobufPath(one).ok, true, one);
    return twins;
  };
  const bothOf = (field: string): readonly string[] => [`${request}.${field}`, `${response}.${field}`];
  it('of Open Inference is the same field; the data of a tensor are its contents', () => {
    for (const [path, expected] of [
      ["$.inputs[?@.name=='ssn'].data", [`${request}.inputs[name="ssn"].contents`]],
      ["$.inputs[?'ssn'==@.name].data[*][*]", [`${request}.inputs[name="ssn"].contents`]],
      [
        "$.inputs[?@.name=='a' || @.name=='b'].data",
        [`${request}.inputs[name="a"].contents`, `${request}.inputs[name="b"].contents`],
      ],
      ['$.inputs[?@.name==\'a "b"\'].data', [`${request}.inputs[name='a "b"'].contents`]],
      ['$.outputs[*].data', [`${response}.outputs.contents`]],
      ["$.inputs[?@.name=='ssn']", [`${request}.inputs[name="ssn"]`]],
      ["$.inputs[*]['data','parameters']", [`${request}.inputs.contents`, `${request}.inputs.parameters`]],
      ['$.id', bothOf('id')],
      ['$.parameters.customer', bothOf('parameters["customer"]')],
      ['$.parameters.*', bothOf('parameters')],
      ['$..data', [`${request}.inputs.contents`, `${response}.outputs.contents`, ...parametersNamed('data')]],
      ['$..customer', parametersNamed('customer')],
    ] as const)
      assert.deepEqual(twin('open-inference-v2', path), expected, path);
  });
  it('of Open Inference may select nothing', () => {
    for (const path of ['$.messages[*].content', '$..loan.id', '$.parameters.a.b', '$.inputs[*].other', '$.id[0]'])
      assert.deepEqual(twin('open-inference-v2', path), [], path);
  });
  it('of Open Inference cannot be told where rows, positions or other members count', () => {
    for (const path of [
      '$',
      '$.*',
      '$..*',
      '$..name',
      '$.inputs[0].data',
      '$.inputs[-1].data',
      '$.inputs[*].data[0]',
      '$.inputs[*].data[0:2]',
      '$.inputs[*].name',
      '$.inputs..data',
      "$.inputs[?@.datatype=='BYTES'].data",
      "$.inputs[?@.name!='ssn'].data",
      "$.inputs[?@.name=='a' && @.name=='b'].data",
      '$.inputs[?@.name==$.id].data',
      `$.inputs[?@.name=='"' || @.name=="'" || @.name=="\\"'"].data`,
      '$[?@.a].data',
    ])
      assert.equal(twin('open-inference-v2', path), undefined, path);
  });
  it('of TensorFlow Serving is the tensor or the feature of that name, in rows and in columns', () => {
    const feature = (key: string): readonly string[] => [
      `tensorflow.serving.ExampleList.examples.features.feature${key}`,
      `tensorflow.serving.ExampleListWithContext.examples.features.feature${key}`,
    ];
    const context = 'tensorflow.serving.ExampleListWithContext.context.features.feature';
    const input = 'tensorflow.serving.PredictRequest.inputs';
    const output = 'tensorflow.serving.PredictResponse.outputs';
    for (const [path, expected] of [
      ['$.inputs.ssn', [`${input}["ssn"]`]],
      ['$.inputs.ssn[*][*].b64', [`${input}["ssn"]`]],
      ['$.instances[*].ssn', [`${input}["ssn"]`]],
      ['$.instances[*]', [input]],
      ['$.instances', [input]],
      ['$.predictions[*].score[*]', [`${output}["score"]`]],
      ['$.outputs["a","b"]', [`${output}["a"]`, `${output}["b"]`]],
      ['$.examples[*].ssn', feature('["ssn"]')],
      ['$.context.ssn', [`${context}["ssn"]`]],
      ['$..ssn', [`${input}["ssn"]`, `${output}["ssn"]`, ...feature('["ssn"]'), `${context}["ssn"]`]],
      ['$..loan.id', []],
      ['$.messages', []],
      [
        '$.results',
        ['tensorflow.serving.ClassificationResponse.result', 'tensorflow.serving.RegressionResponse.result'],
      ],
    ] as const)
      assert.deepEqual(twin('tf-serving', path), expected, path);
    for (const path of [
      '$.instances[0].ssn',
      '$.instances[*][3]',
      '$.inputs.ssn[1]',
      '$.results[*][0]',
      '$.signature_name',
    ])
      assert.equal(twin('tf-serving', path), undefined, path);
  });
  it('of an API without messages selects nothing there', () => {
    assert.deepEqual(twin('kserve-v1', '$.instances[0]'), []);
  });
});

const parametersNamed = (key: string): readonly string[] =>
  [request, response, `${request}.inputs`, `${response}.outputs`, `${request}.outputs`].map(
    (holder) => `${holder}.parameters["${key}"]`,
  );
