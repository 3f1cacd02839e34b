import type { PolicyPorts } from '@countersign/core/policy/load.ts';
import { createPatternEngine } from '../re2/pattern-engine.ts';
import { systemHash } from './system.ts';

/** Throws where RE2 is missing or too old (pattern-engine.ts). */
export const createPolicyPorts = (): PolicyPorts => ({ hash: systemHash, patterns: createPatternEngine() });
