/**
 * The TableWalk port in WebAssembly: the one loop here that reads every byte, at half the price of the same loop in JavaScript, which
 * asks for each byte whether it is there (ADR 0029).
 */
import type { TableWalk } from '@countersign/core/ports.ts';

/** table-walk.wat, assembled. */
export const assembled =
  'AGFzbQEAAAABDQFgCH9/f39/f39/AX8DAgEABQUBAQCgAQcRAgZtZW1vcnkCAAR3YWxrAAAKjAUBiQUBEn8gBygCACEIIAcoAgQhCSAHKAIIIQogBygCDCEL' +
  'IAcoAhAhDCAHKAIUIQ0gBygCGCEUIAcoAhwhFSAHKAIgIRYgBygCJCEXIAcoAighGCAHKAIsIRkCQANAIABFDQEgAUEBayEBIAJBAWshAiADQQFrIQMgBEEB' +
  'ayEEIAVBAWshBSAGQQFrIQYgCEEIdCABLQAAQQF0ai4BACEOIAlBCHQgAi0AAEEBdGouAQAhDyAKQQh0IAMtAABBAXRqLgEAIRAgC0EIdCAELQAAQQF0ai4B' +
  'ACERIAxBCHQgBS0AAEEBdGouAQAhEiANQQh0IAYtAABBAXRqLgEAIRMgDiAPciAQIBFyciASIBNyckEASARAIA5Bf0YNAiAPQX9GDQIgEEF/Rg0CIBFBf0YN' +
  'AiASQX9GDQIgE0F/Rg0CIA5BAEgEQEF+IA5rIQ4gFCAAQRB0IA5yNgIAIBRBBGohFAsgD0EASARAQX4gD2shDyAVIABBEHQgD3I2AgAgFUEEaiEVCyAQQQBI' +
  'BEBBfiAQayEQIBYgAEEQdCAQcjYCACAWQQRqIRYLIBFBAEgEQEF+IBFrIREgFyAAQRB0IBFyNgIAIBdBBGohFwsgEkEASARAQX4gEmshEiAYIABBEHQgEnI2' +
  'AgAgGEEEaiEYCyATQQBIBEBBfiATayETIBkgAEEQdCATcjYCACAZQQRqIRkLCyAOIQggDyEJIBAhCiARIQsgEiEMIBMhDSAAQQFrIQAMAAsLIAcgCDYCACAH' +
  'IAk2AgQgByAKNgIIIAcgCzYCDCAHIAw2AhAgByANNgIUIAcgFDYCGCAHIBU2AhwgByAWNgIgIAcgFzYCJCAHIBg2AiggByAZNgIsIAAL';

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly walk: TableWalk['walk'];
}

const module = new WebAssembly.Module(Buffer.from(assembled, 'base64'));
const pageBytes = 65_536;

/** A memory of its own of at least so many bytes; what nobody writes into takes none. */
export function createTableWalk(bytes: number): TableWalk {
  const { memory, walk } = new WebAssembly.Instance<Exports>(module).exports;
  memory.grow(Math.ceil(bytes / pageBytes));
  return { memory: memory.buffer, walk };
}
