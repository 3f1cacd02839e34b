/**
 * By what clients find the text that an event continues. `"1"`, `true` and `-1` find what 1 found, in one language or another; as
 * lanes of their own they would part a value here and nowhere else, so an event that counts like that is not legible.
 */
import type { JsonRecord } from '../../body/shape.ts';
import { at } from './carry.ts';
import type { PathStep } from './json-spots.ts';

const isPosition = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);

export const hasPositions = (event: JsonRecord, keys: readonly PathStep[]): boolean =>
  keys.every((key) => isPosition(at(event, key)));

/** Of the elements of a list by their `index`; what is no list has none. */
export const areIndexed = (list: unknown): boolean =>
  !Array.isArray(list) || list.every((element: unknown) => isPosition(at(element, 'index')));
