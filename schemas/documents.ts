/** The committed documents, by their path in this folder. */
import { asyncApiDocument, schemaFile } from '@countersign/core/ledger/records/asyncapi.ts';
import { recordJsonSchemas } from '@countersign/core/ledger/records/catalogue.ts';

export function documents(): ReadonlyMap<string, string> {
  const schemas = [...recordJsonSchemas()].map(([type, schema]) => [schemaFile(type), print(schema)] as const);
  return new Map([...schemas, ['asyncapi.json', print(asyncApiDocument())]]);
}

const print = (document: object): string => `${JSON.stringify(document, undefined, 2)}\n`;
