/** JSON of TensorFlow Serving (instances, inputs, examples …) as its messages: a tensor is one by its name, whatever holds its rows. */
import { byFirst, keyed, namesIn, type Outline, type Twin, takeAll, takesAll, together } from './outline.ts';

const serving = 'tensorflow.serving';
const inputs = `${serving}.PredictRequest.inputs`;
const outputs = `${serving}.PredictResponse.outputs`;
const exampleLists = [`${serving}.ExampleList.examples`, `${serving}.ExampleListWithContext.examples`];
const context = `${serving}.ExampleListWithContext.context`;
const features = (example: string): string => `${example}.features.feature`;
const results = [`${serving}.ClassificationResponse.result`, `${serving}.RegressionResponse.result`];

export const tfServingTwin = (outline: Outline): Twin => byFirst(outline, member, anywhere);

function member(name: string, rest: Outline): Twin {
  switch (name) {
    case 'inputs':
      return columns([inputs], rest);
    case 'outputs':
      return columns([outputs], rest);
    case 'instances':
      return rows([inputs], rest);
    case 'predictions':
      return rows([outputs], rest);
    case 'examples':
      return rows(exampleLists.map(features), rest);
    case 'context':
      return columns([features(context)], rest);
    case 'results':
      return takeAll(rest) ? results : undefined;
    case 'signature_name':
      return undefined;
    default:
      return [];
  }
}

/** `..name`: a member of that name at the front, a tensor or a feature. */
function anywhere(name: string, rest: Outline): Twin {
  const maps = [inputs, outputs, ...[...exampleLists, context].map(features)];
  const asTensor = maps.map((map) =>
    columns([map], [{ isDescendant: false, selectors: [{ kind: 'name', name }] }, ...rest]),
  );
  return together([member(name, rest), ...asTensor]);
}

/** Behind a list of rows. */
const rows = (maps: readonly string[], [row, ...rest]: Outline): Twin =>
  row === undefined || takesAll(row) ? columns(maps, rest) : undefined;

/** What is in a map of tensors; where there is one only, its values may stand there without a name. */
function columns(maps: readonly string[], [which, ...rest]: Outline): Twin {
  if (which === undefined) return maps;
  if (takesAll(which)) return takeAll(rest) ? maps : undefined;
  const names = namesIn(which);
  if (names === undefined) return undefined;
  // Values are numbers, texts and lists of them; bytes stand in an object with one member.
  const [last] = rest.slice(-1);
  const values = namesIn(last)?.includes('b64') === true ? rest.slice(0, -1) : rest;
  if (values.some((segment) => namesIn(segment) !== undefined)) return [];
  return takeAll(values) ? together(names.flatMap((name) => maps.map((map) => keyed(map, name)))) : undefined;
}
