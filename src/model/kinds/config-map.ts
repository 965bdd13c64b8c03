import { z } from 'zod';
import { fromBase64 } from '../x509/index.ts';
import { fields } from './fields.ts';
import { defineKind } from './kind.ts';
import { dataKey } from './secret.ts';

export const configMapSchema = fields({
  immutable: z.boolean().optional(),
  data: z.record(dataKey, z.string()).default({}),
  binaryData: z.record(dataKey, z.string()).default({}),
});
export type ConfigMapSpec = z.output<typeof configMapSchema>;

export const configMapKind = defineKind({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  summary: 'Texts by name. Weft reads certificates of authorities from the key ca.crt, where a document refers to it.',
  schema: configMapSchema,
  specRequired: false,
  topLevel: true,
  columns: [],
  check: ({ spec }, report) => {
    for (const [key, value] of Object.entries(spec.binaryData)) {
      const path = `binaryData[${JSON.stringify(key)}]`;
      if (fromBase64(value) === undefined) report('WEFT1204', path, 'the value is not base64');
      if (Object.hasOwn(spec.data, key)) report('WEFT1208', path, `the key "${key}" is also in data`);
    }
  },
});
