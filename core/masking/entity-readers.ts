/** Who reads what: the recognizers and shapes of each entity, with the threshold of a profile. */
import type { Hash } from '../ports.ts';
import type { Entity } from './entities.ts';
import { datesOfBirth } from './recognizers/birth.ts';
import { cards, namedCards } from './recognizers/card.ts';
import { cryptoAddresses } from './recognizers/crypto.ts';
import { emails } from './recognizers/email.ts';
import { ibans } from './recognizers/iban.ts';
import { mbis } from './recognizers/mbi.ts';
import { ipAddresses, macAddresses, namedIpAddresses } from './recognizers/network.ts';
import { phones } from './recognizers/phone.ts';
import { namedPhones } from './recognizers/phone-national.ts';
import type { Readers } from './recognizers/recognizer.ts';
import { itins, ssns } from './recognizers/ssn.ts';
import {
  bics,
  driverLicenses,
  namedCryptoAddresses,
  namedIbans,
  namedMacs,
  namedMbis,
  passports,
} from './recognizers/tokens.ts';
import { namedNhsNumbers, namedNinos, nhsNumbers, ninos } from './recognizers/uk.ts';
import { bankAccounts, eins, namedItins, namedSsns, npis, routings } from './recognizers/us-identifiers.ts';

export interface ReaderTerms {
  readonly threshold: number;
  /** All that the profile looks for: what two entities could claim is left to the more particular one. */
  readonly entities: readonly Entity[];
  readonly hash: Hash | undefined;
}

export function readersOf(entity: Entity, { threshold, entities, hash }: ReaderTerms): Readers {
  switch (entity) {
    case 'credit_card':
      return { anywhere: cards(threshold), named: namedCards(threshold) };
    case 'us_ssn':
      return { anywhere: ssns(threshold, entities.includes('us_itin')), named: namedSsns(threshold) };
    case 'us_itin':
      return { anywhere: itins(threshold), named: namedItins(threshold) };
    case 'us_ein':
      return { named: eins(threshold) };
    case 'us_passport':
      return { named: passports(threshold) };
    case 'us_driver_license':
      return { named: driverLicenses(threshold) };
    case 'aba_routing':
      return { named: routings(threshold) };
    case 'us_bank_account':
      return { named: bankAccounts(threshold) };
    case 'iban':
      return { anywhere: ibans(threshold), named: namedIbans(threshold) };
    case 'swift_bic':
      return { named: bics(threshold) };
    case 'crypto_address':
      return { anywhere: cryptoAddresses(threshold, hash), named: namedCryptoAddresses(threshold) };
    case 'email':
      return { anywhere: emails };
    case 'phone':
      return { anywhere: phones(threshold), named: namedPhones(threshold) };
    case 'ip_address':
      return { anywhere: ipAddresses(threshold), named: namedIpAddresses(threshold) };
    case 'mac_address':
      return { anywhere: macAddresses(threshold), named: namedMacs(threshold) };
    case 'date_of_birth':
      return { named: datesOfBirth(threshold) };
    case 'uk_nhs':
      return { anywhere: nhsNumbers(threshold), named: namedNhsNumbers(threshold) };
    case 'uk_nino':
      return { anywhere: ninos(threshold), named: namedNinos(threshold) };
    case 'us_npi':
      return { named: npis(threshold) };
    case 'us_mbi':
      return { anywhere: mbis(threshold), named: namedMbis(threshold) };
    case 'person_name':
      // By their keys alone: context/values.ts.
      return {};
  }
}
