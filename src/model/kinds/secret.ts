import { z } from 'zod';
import { fromBase64, textBytes, toBase64 } from '../x509/index.ts';
import { fields } from './fields.ts';
import { defineKind, type Report } from './kind.ts';
import { tlsPairOf } from './secret-pair.ts';

/** Keys of `data` (Kubernetes' rule). */
export const dataKey = z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/, 'may have letters, digits, "-", "_" and "."');

const written = fields({
  type: z.string().default('Opaque'),
  immutable: z.boolean().optional(),
  data: z.record(dataKey, z.string()).default({}),
  stringData: z.record(dataKey, z.string()).default({}),
});

/** As in Kubernetes, `stringData` is for writing only: it is taken into `data`. */
export const secretSchema = written.transform(({ stringData, data, ...rest }) => ({
  ...rest,
  data: { ...data, ...Object.fromEntries(Object.entries(stringData).map(([key, text]) => [key, toBase64(textBytes(text))])) },
}));
export type SecretSpec = z.output<typeof secretSchema>;

/** Values are never part of a message: it ends up in terminals, logs and statuses. */
function checkSecret(spec: SecretSpec, report: Report): void {
  const broken = Object.keys(spec.data).filter((key) => fromBase64(spec.data[key] ?? '') === undefined);
  for (const key of broken) report('WEFT1204', `data[${JSON.stringify(key)}]`, 'the value is not base64', 'write it as plain text under stringData');
  if (spec.type !== 'kubernetes.io/tls' || broken.length > 0) return;
  const missing = ['tls.crt', 'tls.key'].filter((key) => !Object.hasOwn(spec.data, key));
  for (const key of missing) report('WEFT1201', 'data', `a Secret of type kubernetes.io/tls needs the key ${key}`);
  const pair = missing.length === 0 ? tlsPairOf(spec) : undefined;
  if (pair !== undefined && !pair.ok)
    report('WEFT1601', `data["tls.${pair.problem.of === 'key' ? 'key' : 'crt'}"]`, `tls.${pair.problem.of === 'key' ? 'key' : 'crt'} ${pair.problem.message}`);
}

export const secretKind = defineKind({
  apiVersion: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  shortNames: [],
  namespaced: true,
  summary: 'A certificate with its key (type kubernetes.io/tls), or other values that nobody is to read. Commands show its keys, not its values.',
  schema: secretSchema,
  specRequired: false,
  topLevel: true,
  columns: [{ name: 'TYPE', path: 'spec.type' }],
  check: ({ spec }, report) => checkSecret(spec, report),
});
