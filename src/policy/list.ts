// The policies there are. To add one: write its folder, add its line.
import type { PolicyDefinition } from './policy.ts';
import { retryPolicy } from './retry/index.ts';
import { timeoutPolicy } from './timeout/index.ts';

export const POLICIES: readonly PolicyDefinition[] = [timeoutPolicy, retryPolicy];
