/**
 * Field rules beside the endpoints that use them: an API that is spoken in JSON and in protobuf must not have a rule that holds for one
 * of them only. What the other form asks for would be withheld at run time; it is better said when the policy is loaded.
 */
import { dataCallsOf } from '../body/protobuf/methods.ts';
import { parseFieldPath } from '../masking/fields/field-path.ts';
import { parseProtobufPath } from '../masking/fields/protobuf-path.ts';
import { protobufPathsOf, saysInJson } from '../masking/fields/protobuf-rules.ts';
import type { Diagnostic } from './config.ts';
import { type Entry, read } from './entries.ts';
import { fieldIndexes } from './field-faults.ts';
import { matchesPath, parsePathPattern } from './path-pattern.ts';
import { type Api, type FieldRule, protobufApis } from './policy.ts';

export function fieldReachFaults(endpoints: readonly Entry[], profiles: readonly Entry[]): readonly Diagnostic[] {
  return profiles.flatMap((profile) => {
    const users = endpoints.flatMap((endpoint) => {
      const user = userOf(endpoint);
      return user?.profiles.includes(profile.name ?? '') === true ? [user] : [];
    });
    return fieldIndexes(profile).flatMap((index) => faultsOf(profile, index, users));
  });
}

interface User {
  readonly name: string;
  readonly api: Api;
  readonly profiles: readonly string[];
  /** What its paths let through. */
  readonly takesGrpc: boolean;
  readonly takesJson: boolean;
}

function userOf(endpoint: Entry): User | undefined {
  const api = protobufApis.find((one) => one === read(endpoint, 'api'));
  const path = read(endpoint, 'match', 'path');
  const pattern = typeof path === 'string' ? parsePathPattern(path) : undefined;
  if (api === undefined || pattern?.ok !== true) return undefined;
  const calls = dataCallsOf(api).map((call) => call.path.slice(1).split('/'));
  const [first] = pattern.value;
  const profileOf = (direction: string, byDefault: string): string => {
    const name = read(endpoint, 'mask', direction) ?? byDefault;
    return typeof name === 'string' ? name : '';
  };
  return {
    name: endpoint.name ?? '',
    api,
    // The copy that is recorded is masked with `bank` as well.
    profiles: [profileOf('request', 'none'), profileOf('response', 'bank'), 'bank'],
    takesGrpc: calls.some((call) => matchesPath(pattern.value, call)),
    takesJson: !(first?.kind === 'literal' && calls.some(([service]) => service === first.text)),
  };
}

function faultsOf(profile: Entry, index: number, users: readonly User[]): readonly Diagnostic[] {
  const rule = ruleAt(profile, index);
  if (rule === undefined) return [];
  for (const { name, api, takesGrpc, takesJson } of users) {
    // Behind the JSON of Open Inference tensors stand as they do in its messages.
    const takesProtobuf = takesGrpc || (takesJson && api === 'open-inference-v2');
    if (takesProtobuf && protobufPathsOf(rule, api) === undefined) {
      const where = takesGrpc ? 'gRPC' : 'binary tensors';
      const message = `path: what this is in ${where}, which endpoint "${name}" takes too, cannot be told`;
      const hint = 'say it with protobuf: beside path, or name tensors and parameters: docs/policy.md, Fields';
      return [profile.source.at([...profile.path, 'fields', index, 'path'], message, hint)];
    }
    if (takesJson && !saysInJson(rule, api)) {
      const message = `protobuf: reaches no JSON, which endpoint "${name}" takes too`;
      return [profile.source.at([...profile.path, 'fields', index, 'protobuf'], message, 'say it with path: as well')];
    }
  }
  return [];
}

/** undefined: it has faults of its own. */
function ruleAt(profile: Entry, index: number): FieldRule | undefined {
  const path = read(profile, 'fields', index, 'path');
  const protobuf = read(profile, 'fields', index, 'protobuf');
  const isPath = typeof path === 'string' && parseFieldPath(path).ok;
  const isProtobuf = typeof protobuf === 'string' && parseProtobufPath(protobuf).ok;
  if ((path !== undefined && !isPath) || (protobuf !== undefined && !isProtobuf)) return undefined;
  return { as: '', ...(isPath && { path }), ...(isProtobuf && { protobuf }) };
}
