import { testScan } from './canonical-scan.testing.ts';
import { canonicalObjectEnd } from './canonical-scan.ts';

testScan(canonicalObjectEnd);
