/** Where a place in a document stands with regard to the field rules of a profile. */
export interface FieldNode {
  /** Entity to hide the value as, whatever it is. */
  readonly as: string | undefined;
  /** undefined: nothing further in is selected. */
  child(step: string | number): FieldNode | undefined;
}
