/** Entities that have points at one place. Used again for each place: a collection anew for each is what made it slow. */
export class Pointed {
  at = -1;
  count = 0;
  readonly names: string[] = [];
  readonly points: number[] = [];

  begin(at: number): void {
    this.at = at;
    this.count = 0;
  }

  /** Of several the most counts. */
  add(entity: string, points: number): void {
    for (let index = 0; index < this.count; index++) {
      if (this.names[index] !== entity) continue;
      if (points > (this.points[index] ?? 0)) this.points[index] = points;
      return;
    }
    this.names[this.count] = entity;
    this.points[this.count++] = points;
  }
}
