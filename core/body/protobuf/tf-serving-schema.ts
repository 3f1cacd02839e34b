/**
 * tensorflow.serving.PredictionService (github.com/tensorflow/serving, tensorflow_serving/apis): the messages of the calls that are
 * read. protos/tensorflow says the same in protobuf's words; a test holds the two equal.
 */
import { content, elements, many, mapOf, message, number, numberValue, one, text, texts, values } from './schema.ts';

const int64Value = message('google.protobuf.Int64Value', { value: [1, number('int64')] });
const modelSpec = message('tensorflow.serving.ModelSpec', {
  name: [1, text],
  version: [2, one(int64Value)],
  signature_name: [3, text],
  version_label: [4, text],
});

const dimension = message('tensorflow.TensorShapeProto.Dim', { size: [1, number('int64')], name: [2, text] });
const shape = message('tensorflow.TensorShapeProto', { dim: [2, many(dimension)], unknown_rank: [3, number('bool')] });
/** Without resource handles and variants (14, 15), which no model server takes or gives. */
export const tensor = message(
  'tensorflow.TensorProto',
  {
    dtype: [1, number('int32')],
    tensor_shape: [2, one(shape)],
    version_number: [3, number('int32')],
    tensor_content: [4, content],
    float_val: [5, values('float')],
    double_val: [6, values('double')],
    int_val: [7, values('int32')],
    string_val: [8, elements],
    scomplex_val: [9, values('float')],
    int64_val: [10, values('int64')],
    bool_val: [11, values('bool')],
    dcomplex_val: [12, values('double')],
    half_val: [13, values('int32')],
    uint32_val: [16, values('uint32')],
    uint64_val: [17, values('uint64')],
  },
  { datatype: { field: 1, of: 'tensorflow' } },
);
const tensors = mapOf(one(tensor));

const feature = message('tensorflow.Feature', {
  bytes_list: [1, one(message('tensorflow.BytesList', { value: [1, elements] }))],
  float_list: [2, one(message('tensorflow.FloatList', { value: [1, values('float')] }))],
  int64_list: [3, one(message('tensorflow.Int64List', { value: [1, values('int64')] }))],
});
const features = message('tensorflow.Features', { feature: [1, mapOf(one(feature))] });
const example = message('tensorflow.Example', { features: [1, one(features)] });
const exampleList = message('tensorflow.serving.ExampleList', { examples: [1, many(example)] });
const examplesInContext = message('tensorflow.serving.ExampleListWithContext', {
  examples: [1, many(example)],
  context: [2, one(example)],
});
const input = message('tensorflow.serving.Input', {
  example_list: [1, one(exampleList)],
  example_list_with_context: [2, one(examplesInContext)],
});

export const predictRequest = message('tensorflow.serving.PredictRequest', {
  model_spec: [1, one(modelSpec)],
  inputs: [2, tensors],
  output_filter: [3, texts],
});
export const predictResponse = message('tensorflow.serving.PredictResponse', {
  outputs: [1, tensors],
  model_spec: [2, one(modelSpec)],
});

const asksWithExamples = { model_spec: [1, one(modelSpec)], input: [2, one(input)] } as const;
export const classificationRequest = message('tensorflow.serving.ClassificationRequest', asksWithExamples);
export const regressionRequest = message('tensorflow.serving.RegressionRequest', asksWithExamples);
const classes = message('tensorflow.serving.Class', { label: [1, text], score: [2, numberValue('float')] });
const classifications = message('tensorflow.serving.Classifications', { classes: [1, many(classes)] });
const classificationResult = message('tensorflow.serving.ClassificationResult', {
  classifications: [1, many(classifications)],
});
const regression = message('tensorflow.serving.Regression', { value: [1, numberValue('float')] });
const regressionResult = message('tensorflow.serving.RegressionResult', { regressions: [1, many(regression)] });
export const classificationResponse = message('tensorflow.serving.ClassificationResponse', {
  result: [1, one(classificationResult)],
  model_spec: [2, one(modelSpec)],
});
export const regressionResponse = message('tensorflow.serving.RegressionResponse', {
  result: [1, one(regressionResult)],
  model_spec: [2, one(modelSpec)],
});

const task = message('tensorflow.serving.InferenceTask', { model_spec: [1, one(modelSpec)], method_name: [2, text] });
export const multiInferenceRequest = message('tensorflow.serving.MultiInferenceRequest', {
  tasks: [1, many(task)],
  input: [2, one(input)],
});
const result = message('tensorflow.serving.InferenceResult', {
  model_spec: [1, one(modelSpec)],
  classification_result: [2, one(classificationResult)],
  regression_result: [3, one(regressionResult)],
});
export const multiInferenceResponse = message('tensorflow.serving.MultiInferenceResponse', {
  results: [1, many(result)],
});

const sparse = message('tensorflow.TensorInfo.CooSparse', {
  values_tensor_name: [1, text],
  indices_tensor_name: [2, text],
  dense_shape_tensor_name: [3, text],
});
const tensorInfo = message('tensorflow.TensorInfo', {
  name: [1, text],
  dtype: [2, number('int32')],
  tensor_shape: [3, one(shape)],
  coo_sparse: [4, one(sparse)],
});
const signature = message('tensorflow.SignatureDef', {
  inputs: [1, mapOf(one(tensorInfo))],
  outputs: [2, mapOf(one(tensorInfo))],
  method_name: [3, text],
  defaults: [4, tensors],
});
const signatures = message('tensorflow.serving.SignatureDefMap', { signature_def: [1, mapOf(one(signature))] });
/** google.protobuf.Any with the one message that TensorFlow Serving puts into it: SignatureDefMap. */
const metadata = message('tensorflow.serving.Metadata', { type_url: [1, text], value: [2, one(signatures)] });
export const getModelMetadataRequest = message('tensorflow.serving.GetModelMetadataRequest', {
  model_spec: [1, one(modelSpec)],
  metadata_field: [2, texts],
});
export const getModelMetadataResponse = message('tensorflow.serving.GetModelMetadataResponse', {
  model_spec: [1, one(modelSpec)],
  metadata: [2, mapOf(one(metadata))],
});
