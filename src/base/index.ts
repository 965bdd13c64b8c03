// base: the vocabulary of the code itself, with no idea of what a mesh is. Results, brands, errors, canonical text, time as a
// dependency, origins and diagnostics, an immutable map. It imports nothing, and every room may import it. What is specific
// to a mesh belongs in model; what is specific to a room belongs there.
export { assertNever } from './assert-never.ts';
export type { Brand } from './brand.ts';
export { byCodeUnit, canonicalJson } from './canonical-json.ts';
export type { Clock } from './clock.ts';
export { EXPOSITION_TYPE, expositionText, type Family, type Labels, type Sample } from './exposition.ts';
export { Histogram } from './histogram.ts';
export { type Diagnostic, describeOrigin, type Origin, type Severity } from './origin.ts';
export { err, ok, type Result } from './result.ts';
export { Table } from './table.ts';
export { type ErrorClass, WeftError, type WeftErrorOptions } from './weft-error.ts';
