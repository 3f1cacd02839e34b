/** A checkpoint on its way out, and the certificate that says whose signature it carries: signed notes both. */
export interface Publication {
  readonly ledger: string;
  readonly size: number;
  readonly checkpoint: string;
  readonly certificate: string;
}
