// Before suites that start `weft` as a process: it is built, as for the package. With WEFT_TEST_PROGRAM=src/bin/weft.ts they run from sources.
import { preparedProgram } from '../../scripts/product.ts';

export default async function setup(): Promise<void> {
  process.env['WEFT_TEST_PROGRAM'] ??= await preparedProgram();
}
