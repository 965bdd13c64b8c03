// The file with which tests start `weft`: built once for a run (program-setup.ts), or the sources where nobody built it.
import { join, resolve } from 'node:path';

export const weftProgram: string = process.env['WEFT_TEST_PROGRAM'] ?? join(resolve(import.meta.dirname, '../..'), 'src/bin/weft.ts');
