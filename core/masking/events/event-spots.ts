/** What is to be done at each place of one event, before any lane moves. */
import type { JsonRecord } from '../../body/shape.ts';
import type { Hint } from '../context/hint.ts';
import { blotText } from '../hide.ts';
import type { Tally } from '../tally.ts';
import type { EventApi, EventKind } from './event-api.ts';
import { decodeString, type Edit, type PathStep, type Spot, type Spots, shortestNumber } from './json-spots.ts';
import { holdsJson } from './running-text.ts';

export interface Piece {
  /** Of its lane. */
  readonly key: string;
  readonly spot: Spot;
  readonly value: string;
}

export interface EventSpots {
  /** Of values that are complete, and of what is dropped. */
  readonly edits: readonly Edit[];
  readonly pieces: readonly Piece[];
  /** Signatures, with what they sign. */
  readonly seals: readonly { readonly spot: Spot; readonly sealed: string }[];
  /** Where the event's number stands. */
  readonly number: Spot | undefined;
  /** Values that may differ in the next event of this kind. */
  readonly varying: readonly Spot[];
  /** One text, and nothing else to do: an event that differs in its text and in `varying` alone is masked the same way. */
  readonly isConstant: boolean;
}

export interface SpotReading {
  readonly kind: EventKind;
  readonly found: Spots;
  readonly api: EventApi;
  readonly tally: Tally;
  /** Masks a complete text, or a number, which stays one; under the name of a value every text of its form is one. */
  readonly whole: (text: string, hint?: Hint, json?: boolean) => string;
  readonly number: (digits: string, hint?: Hint) => string;
  readonly hintOf: (name: string) => Hint | undefined;
  /** By a field rule: done already. */
  readonly isHidden?: ((path: Spot['path']) => boolean) | undefined;
}

export function sortSpots(data: string, event: JsonRecord, reading: SpotReading): EventSpots {
  const { kind, found, api, tally } = reading;
  const edits = found.dropped.map(({ start, end }) => ({ start, end, text: data[start] === '[' ? '[]' : 'null' }));
  const pieces: Piece[] = [];
  const seals: { readonly spot: Spot; readonly sealed: string }[] = [];
  const varying: Spot[] = [];
  const changes = tally.changes;
  let number: Spot | undefined;
  for (const spot of found.values) {
    if (spot.kind !== 'key' && reading.isHidden?.(spot.path) === true) continue;
    const key = spot.kind === 'key' ? undefined : kind.laneOf(event, spot);
    if (key !== undefined) {
      pieces.push({ key, spot, value: textOf(data, spot) });
      continue;
    }
    const sealed = spot.kind === 'string' ? kind.sealOf?.(event, spot.path) : undefined;
    if (sealed !== undefined) seals.push({ spot, sealed });
    if (spot.path.length === 1 && spot.path[0] === api.numberedBy && isShortNumber(spot)) number = spot;
    if (isVarying(spot, reading)) varying.push(spot);
    const edit = maskValue(data, spot, event, reading);
    if (edit !== undefined) edits.push(edit);
  }
  const isConstant =
    pieces.length === 1 &&
    pieces[0]?.spot.kind === 'string' &&
    edits.length === 0 &&
    seals.length === 0 &&
    tally.changes === changes;
  return { edits, pieces, seals, number, varying, isConstant };
}

/** What is named like a value is looked into each time. */
function isVarying(spot: Spot, { api, hintOf }: SpotReading): boolean {
  const { kind, path } = spot;
  const [top] = path;
  if (kind === 'key' || typeof top !== 'string' || hintOf(nameOf(path)) !== undefined) return false;
  return (top === api.numberedBy || api.varying.has(top)) && (kind === 'string' || isShortNumber(spot));
}

const isShortNumber = ({ kind, start, end }: Spot): boolean => kind === 'number' && end - start < shortestNumber;

function maskValue(
  data: string,
  spot: Spot,
  event: JsonRecord,
  { kind, tally, whole, number, hintOf }: SpotReading,
): Edit | undefined {
  const { start, end } = spot;
  if (spot.kind === 'number') {
    const hint = hintOf(nameOf(spot.path));
    if (hint === undefined && end - start < shortestNumber) return undefined;
    const text = data.slice(start, end);
    const masked = number(text, hint);
    return masked === text ? undefined : { start, end, text: masked };
  }
  const value = decodeString(data, start, end);
  const isStray = spot.kind === 'string' && kind.isStray(event, spot.path);
  if (isStray) tally.fault('sse_unknown_text');
  const name = spot.kind === 'string' ? nameOf(spot.path) : '';
  const masked = isStray ? blotText(value) : whole(value, hintOf(name), holdsJson(name));
  return masked === value ? undefined : { start, end, text: JSON.stringify(masked) };
}

/** What a value is called: the elements of a list are called what the list is. */
export function nameOf(path: readonly PathStep[]): string {
  for (let at = path.length - 1; at >= 0; at--) {
    const step = path[at];
    if (typeof step === 'string') return step;
  }
  return '';
}

const textOf = (data: string, { kind, start, end }: Spot): string =>
  kind === 'number' ? data.slice(start, end) : decodeString(data, start, end);
