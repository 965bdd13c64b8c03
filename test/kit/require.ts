/**
 * What a suite needs from the machine. `WEFT_TEST_REQUIRE` (comma separated, or `all`) names what must be there: then a missing
 * thing fails the suite instead of skipping it, so that nothing is skipped unseen in CI.
 */
export function needs(what: string, present: boolean): { readonly skip: boolean } {
  if (present) return { skip: false };
  const required = (process.env['WEFT_TEST_REQUIRE'] ?? '').split(',');
  if (required.includes('all') || required.includes(what)) throw new Error(`${what} is required by WEFT_TEST_REQUIRE and is not on this machine`);
  process.stderr.write(`\n!! SKIPPED: ${what} is not on this machine (set WEFT_TEST_REQUIRE=${what} to make this a failure)\n`);
  return { skip: true };
}
