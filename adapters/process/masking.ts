import { createMaskingEngine, type MaskingEngine } from '@countersign/core/masking/engine.ts';
import type { Replacements } from '@countersign/core/ports.ts';
import { createPatternEngine } from '../re2/pattern-engine.ts';
import { systemHash } from './system.ts';

/** The masking engine, the same in every process of ours: none of them can leave out what it needs to tell values apart. */
export const createMasking = (replacements?: Replacements): MaskingEngine =>
  createMaskingEngine({ patterns: createPatternEngine(), hash: systemHash, replacements });
