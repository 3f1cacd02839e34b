import type { FieldNode } from './field-node.ts';

/** Of a place: what it is hidden as, by a rule for it or for a container of it, and what rules say of places in it. */
export interface FieldPlace {
  readonly as: string | undefined;
  readonly fields: FieldNode | undefined;
}

export const nowhere: FieldPlace = { as: undefined, fields: undefined };

export const rootPlace = (fields: FieldNode | undefined): FieldPlace =>
  fields === undefined ? nowhere : { as: fields.as, fields };

/** What is further in is more exact, so it counts; a place without a rule is hidden with its container. */
export function placeIn(place: FieldPlace, step: string | number): FieldPlace {
  if (place.fields === undefined) return place;
  const fields = place.fields.child(step);
  if (fields === undefined && place.as === undefined) return nowhere;
  return { as: fields?.as ?? place.as, fields };
}
