/** JSON of Open Inference as its messages: the members have the names of the fields, but for the data of tensors. */
import { byFirst, keyed, namesIn, type Outline, type Twin, takeAll, takesAll, together } from './outline.ts';

const request = 'inference.ModelInferRequest';
const response = 'inference.ModelInferResponse';
/** Of messages and of tensors. */
const structure: ReadonlySet<string> = new Set(['name', 'datatype', 'shape']);

export const openInferenceTwin = (outline: Outline): Twin => byFirst(outline, member, anywhere);

function member(name: string, rest: Outline): Twin {
  switch (name) {
    case 'inputs':
      return tensors(`${request}.inputs`, rest);
    case 'outputs':
      return together([tensors(`${response}.outputs`, rest), requestedOutputs(rest)]);
    case 'parameters':
      return together([request, response].map((message) => parameters(`${message}.parameters`, rest)));
    case 'id':
    case 'model_name':
    case 'model_version':
      return rest.length === 0 ? [`${request}.${name}`, `${response}.${name}`] : [];
    default:
      return [];
  }
}

/** `..name`: a member with a name of the protocol, or a parameter. */
function anywhere(name: string, rest: Outline): Twin {
  if (structure.has(name)) return undefined;
  const holders = [request, response, `${request}.inputs`, `${response}.outputs`, `${request}.outputs`];
  if (name === 'parameters') return together(holders.map((holder) => parameters(`${holder}.parameters`, rest)));
  const ofTensors = name === 'data' ? dataOf([`${request}.inputs`, `${response}.outputs`], rest) : member(name, rest);
  // A parameter holds nothing further.
  const asParameter = rest.length > 0 ? [] : holders.map((holder) => keyed(`${holder}.parameters`, name));
  return together([ofTensors, ...asParameter]);
}

function tensors(list: string, [which, ...rest]: Outline): Twin {
  if (which === undefined || takesAll(which)) return ofTensors([list], rest);
  if (which.isDescendant) return undefined;
  const chosen = which.selectors.map((selector) =>
    selector.kind === 'where' && selector.member === 'name'
      ? together(selector.is.map((name) => keyed(list, name)?.map((path) => path.replace('[', '[name='))))
      : undefined,
  );
  const lists = together(chosen);
  return lists && ofTensors(lists, rest);
}

/** With nothing further all that is in a tensor but its name, datatype and shape. */
function ofTensors(tensors: readonly string[], [what, ...rest]: Outline): Twin {
  if (what === undefined) return tensors;
  if (takesAll(what)) return takeAll(rest) ? tensors : undefined;
  const names = namesIn(what);
  return names && together(names.map((name) => memberOfTensors(tensors, name, rest)));
}

function memberOfTensors(tensors: readonly string[], name: string, rest: Outline): Twin {
  if (name === 'data') return dataOf(tensors, rest);
  if (name === 'parameters') return together(tensors.map((tensor) => parameters(`${tensor}.parameters`, rest)));
  return structure.has(name) ? undefined : [];
}

/** One number in a list may be another one in protobuf: there data has no rows. */
const dataOf = (tensors: readonly string[], rest: Outline): Twin =>
  takeAll(rest) ? tensors.map((tensor) => `${tensor}.contents`) : undefined;

/** Outputs that a request asks for have parameters, and no data. */
function requestedOutputs([which, what, ...rest]: Outline): Twin {
  if (which === undefined || what === undefined || takesAll(what)) return [`${request}.outputs`];
  const names = namesIn(what);
  if (names === undefined) return undefined;
  return names.includes('parameters') ? parameters(`${request}.outputs.parameters`, rest) : [];
}

function parameters(map: string, [which, ...rest]: Outline): Twin {
  if (which === undefined) return [map];
  if (takesAll(which)) return rest.length === 0 ? [map] : [];
  const names = namesIn(which);
  if (names === undefined) return undefined;
  return rest.length > 0 ? [] : together(names.map((name) => keyed(map, name)));
}
