/** Whether a message is one of its schema, as every protobuf library would read it: else two readers could see two requests. */
import { Fields } from './fields.ts';
import { fits, type Message } from './schema.ts';

/** Why not; undefined: it is. As deep as the schema. */
export function flawOf(bytes: Uint8Array, schema: Message, from: number, to: number): string | undefined {
  const fields = new Fields(bytes, from, to);
  let seen = 0;
  while (fields.next()) {
    const field = schema.fields.get(fields.field);
    if (field === undefined) continue;
    if (!fits(field, fields.wireType)) return 'protobuf_field_of_another_wire_type';
    const bit = 1 << fields.field;
    if (!field.repeated && (seen & bit) !== 0) return 'protobuf_field_twice';
    seen |= bit;
    if (field.kind !== 'message') continue;
    const flaw = flawOf(bytes, field.message, fields.from, fields.to);
    if (flaw !== undefined) return flaw;
  }
  return fields.fault;
}
