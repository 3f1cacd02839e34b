/**
 * Names that stand for values: the same for the same value, and nothing can be read from them. 96 bits of HMAC-SHA-256, the entity
 * in front of the value, so that one number under two entities has two names.
 */

import { createHmac, type KeyObject } from 'node:crypto';
import type { Entity } from '@countersign/core/masking/entities.ts';

const nameBytes = 12;

/** No vowels, so no words; no digits, so nothing that could be taken for a number again. */
const letters = 'bcdfghjkmnpqrstv';

export type NameOf = (entity: string, value: string) => string;

export function createNames(key: KeyObject): NameOf {
  return (entity, value) => {
    const hmac = createHmac('sha256', key)
      .update(`${entity}\0${spellingOf(entity, value)}`, 'utf8')
      .digest();
    let name = '';
    for (const byte of hmac.subarray(0, nameBytes)) name += `${letters[byte >> 4]}${letters[byte & 15]}`;
    return name;
  };
}

/** Whether separators and case are only there for people. Elsewhere they may count: 1.11.1.1 is not 11.1.1.1. */
const isSeparatedForPeople: Readonly<Record<Entity, boolean>> = {
  credit_card: true,
  us_ssn: true,
  us_itin: true,
  us_ein: true,
  us_passport: true,
  us_driver_license: true,
  aba_routing: true,
  us_bank_account: true,
  iban: true,
  swift_bic: true,
  crypto_address: false,
  email: false,
  phone: true,
  ip_address: false,
  mac_address: true,
  date_of_birth: false,
  uk_nhs: true,
  uk_nino: true,
  us_npi: true,
  us_mbi: true,
  person_name: false,
};
const isForPeople = new Map<string, boolean>(Object.entries(isSeparatedForPeople));

/**
 * One spelling of a value, so that 123-45-6789 and 123 45 6789 join. Custom values stay as they are written, apart from compatibility
 * forms and invisible characters: what their separators mean is not known.
 */
export function spellingOf(entity: string, value: string): string {
  const visible = value.normalize('NFKC').replace(/\p{Cf}/gu, '');
  if (entity === 'email') return visible.toLowerCase();
  if (isForPeople.get(entity) !== true) return visible;
  return visible.replace(/[^\p{L}\p{N}]/gu, '').toUpperCase();
}
