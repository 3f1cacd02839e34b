/**
 * Words that say what a value behind them is. A space stands for `_`, `-`, `.`, a space, an apostrophe, a hump (`cardNumber`) or nothing
 * (`cardnumber`). Any other words may stand in front (`customer_ssn`).
 *
 * `words`: behind them the value may follow at some distance, in prose too. `labels`: common words that count only as the name of a
 * member or a label right in front of the value (`account: 12345678`).
 */
import type { Entity } from '../entities.ts';

export interface Vocabulary {
  readonly words: readonly string[];
  readonly labels: readonly string[];
}

const ofLicense = ['license', 'licence'].flatMap((license) => [
  `driver ${license}`,
  `drivers ${license}`,
  `driver s ${license}`,
  `driving ${license}`,
  `operator ${license}`,
  `${license} number`,
  `${license} no`,
]);

/** Names are found by these alone: the whole value of such a member is hidden. */
const namesOfPeople = [
  ...['first', 'last', 'middle', 'full', 'given', 'family', 'maiden', 'legal', 'birth', 'sur', 'fore'],
  ...[
    'customer',
    'client',
    'cardholder',
    'card holder',
    'accountholder',
    'account holder',
    'account owner',
    'holder',
    'owner',
  ],
  ...['beneficiary', 'payee', 'payer', 'payor', 'debtor', 'creditor', 'borrower', 'applicant', 'guarantor', 'insured'],
  ...[
    'employee',
    'patient',
    'member',
    'contact',
    'person',
    'subscriber',
    'recipient',
    'sender',
    'remitter',
    'signatory',
  ],
  ...['mother', 'mothers', 'spouse', 'passenger', 'guest', 'buyer', 'seller', 'tenant', 'billing', 'shipping'],
].map((whose) => `${whose} name`);

export const lexicon: Readonly<Record<Entity, Vocabulary>> = {
  credit_card: {
    words: [
      ...[
        'card',
        'card number',
        'card no',
        'card num',
        'credit card',
        'debit card',
        'payment card',
        'primary account number',
      ],
      ...[
        'visa',
        'mastercard',
        'master card',
        'amex',
        'american express',
        'maestro',
        'diners club',
        'discover card',
        'unionpay',
      ],
    ],
    labels: ['pan', 'cc', 'ccn', 'cc number', 'cc num', 'cc no'],
  },
  us_ssn: {
    words: [
      ...['ssn', 'social security', 'social security number', 'social security no', 'social security num', 'soc sec'],
      ...['social insurance number', 'taxpayer id', 'taxpayer identification', 'taxpayer identification number'],
    ],
    labels: ['social', 'ss number', 'ss num', 'ss no', 'tax id', 'tin', 'national id'],
  },
  us_itin: {
    words: ['itin', 'individual taxpayer', 'taxpayer id', 'taxpayer identification', 'taxpayer identification number'],
    labels: ['tax id', 'tin'],
  },
  us_ein: {
    words: [
      'ein',
      'fein',
      'employer id',
      'employer identification',
      'employer identification number',
      'federal tax id',
    ],
    labels: ['tax id', 'tin', 'business tax id', 'company tax id'],
  },
  us_passport: {
    words: ['passport', 'passport number', 'passport no', 'passport num', 'passport id', 'travel document'],
    labels: [],
  },
  us_driver_license: {
    words: ofLicense,
    labels: ['license', 'licence', 'dl', 'dl number', 'dl no', 'dln', 'driver id'],
  },
  aba_routing: {
    words: [
      ...[
        'routing',
        'routing number',
        'routing no',
        'routing num',
        'routing transit number',
        'bank routing',
        'aba',
        'aba number',
      ],
      ...['aba routing', 'aba no', 'transit number', 'fedwire'],
    ],
    labels: ['rtn', 'routing code', 'wire routing', 'ach routing'],
  },
  us_bank_account: {
    words: [
      ...[
        'account number',
        'account no',
        'account num',
        'account nr',
        'acct number',
        'acct no',
        'acct num',
        'bank account',
      ],
      ...['checking account', 'savings account', 'deposit account', 'bank acct', 'bank account number'],
    ],
    labels: ['account', 'acct', 'account to', 'account from', 'debit account', 'credit account', 'beneficiary account'],
  },
  iban: { words: ['iban', 'international bank account number'], labels: [] },
  swift_bic: {
    words: ['swift', 'swift code', 'bic', 'bic code', 'swift bic', 'bic swift', 'bank identifier code'],
    labels: ['bank bic'],
  },
  crypto_address: {
    words: [
      'bitcoin',
      'bitcoin address',
      'ethereum',
      'ethereum address',
      'wallet address',
      'crypto address',
      'btc address',
      'eth address',
    ],
    labels: ['btc', 'eth', 'wallet', 'wallet id'],
  },
  email: { words: [], labels: [] },
  phone: {
    words: [
      ...[
        'phone',
        'phone number',
        'phone no',
        'telephone',
        'telephone number',
        'tel',
        'mobile',
        'mobile number',
        'mobile no',
      ],
      ...[
        'cell',
        'cellphone',
        'cell phone',
        'cell number',
        'landline',
        'hotline',
        'fax',
        'fax number',
        'msisdn',
        'whatsapp',
      ],
      ...[
        'call me',
        'call us',
        'call him',
        'call her',
        'call them',
        'call on',
        'call at',
        'call back',
        'text me',
        'dial',
        'ring me',
      ],
      ...[
        'reach me',
        'reached at',
        'reach him',
        'reach her',
        'contact number',
        'contact me',
        'answering at',
        'messages to',
        'sms',
      ],
      ...['registered number', 'registered mobile', 'on my registered'],
    ],
    labels: ['desk', 'office', 'contact no', 'telefon', 'handy', 'mob'],
  },
  ip_address: { words: ['ip address', 'ip addr', 'ipv4', 'ipv6'], labels: ['ip', 'client ip', 'remote addr'] },
  mac_address: { words: ['mac address', 'mac addr'], labels: ['mac', 'bssid'] },
  date_of_birth: {
    words: ['dob', 'date of birth', 'birth date', 'birthday', 'birth day', 'born', 'born on', 'day of birth'],
    labels: ['birth', 'd o b'],
  },
  uk_nhs: { words: ['nhs', 'nhs number', 'nhs no', 'nhs num'], labels: [] },
  uk_nino: {
    words: ['nino', 'national insurance', 'national insurance number', 'insurance number'],
    labels: ['ni', 'ni number', 'ni no'],
  },
  us_npi: {
    words: ['npi', 'npi number', 'provider identifier', 'national provider identifier'],
    labels: ['npi no', 'provider npi'],
  },
  us_mbi: {
    words: ['mbi', 'medicare', 'medicare beneficiary identifier', 'medicare number', 'medicare id'],
    labels: [],
  },
  person_name: {
    words: [],
    labels: [
      ...namesOfPeople,
      'surname',
      'forename',
      'cardholder',
      'card holder',
      'account holder',
      'name on card',
      'holder name',
    ],
  },
};

/** Last words of a name that make it speak of something else: `phone_verified`, `card_type`, `account_status`. */
export const otherwise: ReadonlySet<string> = new Set(
  (
    'type types status state count counts total verified valid validated present flag enabled disabled created updated deleted at ts time ' +
    'timestamp date brand balance amount limit fee score hash hashed digest len length format version index expiry expires expiration exp ' +
    'currency country class category level rate tier limits name names holder id ids uuid key keys token url uri path method ' +
    'issuer network scheme provider carrier bank branch region city size max min sum avg mean opened closed age year month day'
  ).split(' '),
);
