/**
 * What a JSONPath selects of a body in JSON, in the messages that say the same in protobuf. In both a tensor's data is a tensor's
 * data: whoever asks for it in the other form must not get around a rule.
 */
import type { Api } from '../../policy/policy.ts';
import type { FieldPath } from './field-path.ts';
import { openInferenceTwin } from './open-inference-twin.ts';
import type { Twin } from './outline.ts';
import { tfServingTwin } from './tf-serving-twin.ts';

export function twinOf(path: FieldPath, api: Api): Twin {
  // Everything, or everything of some kind: a name would be a value.
  if (path.outline.length === 0) return undefined;
  if (api === 'open-inference-v2') return openInferenceTwin(path.outline);
  return api === 'tf-serving' ? tfServingTwin(path.outline) : [];
}
