/** What this version detects. A profile that names another one does not load. */
export const entities = ['credit_card', 'us_ssn', 'iban', 'email', 'phone'] as const;
export type Entity = (typeof entities)[number];
