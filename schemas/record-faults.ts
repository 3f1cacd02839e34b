/** Holds a stored record against the JSON Schema of its type, as a consumer would who has nothing but these files. For tests. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { StoredRecord } from '@countersign/core/ledger/record.ts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const folder = path.join(import.meta.dirname, 'records');
const ending = '.schema.json';

let validators: ReadonlyMap<string, ValidateFunction> | undefined;

/** Empty: the record is what its schema says. */
export function recordFaults(record: StoredRecord): readonly string[] {
  validators ??= compile();
  const { type } = record;
  const validate = validators.get(type);
  if (validate === undefined) return [`${type} has no schema: npm run generate`];
  if (validate(record)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${type} ${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function compile(): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
  const files = readdirSync(folder).filter((name) => name.endsWith(ending));
  return new Map(
    files.map((name) => [
      name.slice(0, -ending.length),
      ajv.compile(JSON.parse(readFileSync(path.join(folder, name), 'utf8'))),
    ]),
  );
}
