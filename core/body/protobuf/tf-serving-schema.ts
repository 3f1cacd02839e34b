/**
 * tensorflow.serving.PredictionService (github.com/tensorflow/serving, tensorflow_serving/apis): the messages of the calls that are
 * read. protos/tensorflow says the same in protobuf's words; a test holds the two equal.
 */
import { content, elements, type Field, many, mapOf, message, number, one, text, texts, values } from './schema.ts';

/** google.protobuf.Int64Value */
const int64Value = message({ 1: number('int64') });
const modelSpec = message({ 1: text, 2: one(int64Value), 3: text, 4: text });

const dimension = message({ 1: number('int64'), 2: text });
const shape = message({ 2: many(dimension), 3: number('bool') });
/** Without resource handles and variants (14, 15), which no model server takes or gives. */
const tensor = message(
  {
    1: number('int32'),
    2: one(shape),
    3: number('int32'),
    4: content,
    5: values('float'),
    6: values('double'),
    7: values('int32'),
    8: elements,
    9: values('float'),
    10: values('int64'),
    11: values('bool'),
    12: values('double'),
    13: values('int32'),
    16: values('uint32'),
    17: values('uint64'),
  },
  { datatype: { field: 1, of: 'tensorflow' } },
);
const tensors = mapOf(one(tensor));

const feature = message({
  1: one(message({ 1: elements })),
  2: one(message({ 1: values('float') })),
  3: one(message({ 1: values('int64') })),
});
const example = message({ 1: one(message({ 1: mapOf(one(feature)) })) });
const input = message({
  1: one(message({ 1: many(example) })),
  2: one(message({ 1: many(example), 2: one(example) })),
});

export const predictRequest = message({ 1: one(modelSpec), 2: tensors, 3: texts });
export const predictResponse = message({ 1: tensors, 2: one(modelSpec) });

/** ClassificationRequest and RegressionRequest. */
export const examplesRequest = message({ 1: one(modelSpec), 2: one(input) });
const classes = many(message({ 1: text, 2: number('float') }));
const classification: Field = one(message({ 1: many(message({ 1: classes })) }));
const regression: Field = one(message({ 1: many(message({ 1: number('float') })) }));
export const classificationResponse = message({ 1: classification, 2: one(modelSpec) });
export const regressionResponse = message({ 1: regression, 2: one(modelSpec) });

const task = message({ 1: one(modelSpec), 2: text });
export const multiInferenceRequest = message({ 1: many(task), 2: one(input) });
const result = message({ 1: one(modelSpec), 2: classification, 3: regression });
export const multiInferenceResponse = message({ 1: many(result) });

const tensorInfo = message({
  1: text,
  2: number('int32'),
  3: one(shape),
  4: one(message({ 1: text, 2: text, 3: text })),
});
const signature = message({ 1: mapOf(one(tensorInfo)), 2: mapOf(one(tensorInfo)), 3: text, 4: tensors });
/** google.protobuf.Any with the one message that TensorFlow Serving puts into it: SignatureDefMap. */
const metadata = message({ 1: text, 2: one(message({ 1: mapOf(one(signature)) })) });
export const getModelMetadataRequest = message({ 1: one(modelSpec), 2: texts });
export const getModelMetadataResponse = message({ 1: one(modelSpec), 2: mapOf(one(metadata)) });
