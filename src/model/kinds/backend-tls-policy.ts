// BackendTLSPolicy of Gateway API v1.6: how a gateway connects to a backend that is not part of the mesh.
import { z } from 'zod';
import { fields } from './fields.ts';
import { defineKind, type Report } from './kind.ts';
import { hostname } from './listener.ts';

const precise = hostname.refine((text) => !text.startsWith('*'), 'must be one host name, without wildcard');

const subjectAltName = fields({
  type: z.enum(['Hostname', 'URI']),
  hostname: z.union([z.literal(''), hostname]).optional(),
  uri: z
    .union([
      z.literal(''),
      z
        .string()
        .max(253, 'must be at most 253 characters')
        .regex(/^[a-zA-Z][a-zA-Z0-9+.-]*:\S+$/, 'must be a URI with its scheme'),
    ])
    .optional(),
});

export const backendTlsPolicySchema = fields({
  targetRefs: z
    .array(fields({ group: z.string(), kind: z.string(), name: z.string().min(1, 'must not be empty'), sectionName: z.string().optional() }))
    .min(1, 'needs at least one entry')
    .max(16, 'at most 16 entries'),
  validation: fields({
    caCertificateRefs: z
      .array(fields({ group: z.string(), kind: z.string(), name: z.string().min(1, 'must not be empty') }))
      .max(8, 'at most 8 entries')
      .default([]),
    wellKnownCACertificates: z.union([z.literal(''), z.string()]).optional(),
    hostname: precise,
    subjectAltNames: z.array(subjectAltName).max(5, 'at most 5 entries').default([]),
  }),
  options: z.record(z.string(), z.string()).default({}),
});
export type BackendTlsPolicySpec = z.output<typeof backendTlsPolicySchema>;

function checkTargets(spec: BackendTlsPolicySpec, report: Report): void {
  const seen = new Map<string, number>();
  for (const [at, { group, kind, name, sectionName = '' }] of spec.targetRefs.entries()) {
    const key = `${group}/${kind}/${name}/${sectionName}`;
    const before = seen.get(key);
    if (before !== undefined) report('WEFT1208', `spec.targetRefs[${at}]`, `the same target is spec.targetRefs[${before}]`);
    seen.set(key, before ?? at);
    const known = (kind === 'Service' && group === '') || (kind === 'ExternalService' && group === 'weft.dev');
    if (!known)
      report('WEFT1207', `spec.targetRefs[${at}]`, `a BackendTLSPolicy is for a Service or an ExternalService, not ${group === '' ? '' : `${group}/`}${kind}`);
  }
}

function checkValidation({ validation, options }: BackendTlsPolicySpec, report: Report): void {
  const { caCertificateRefs, wellKnownCACertificates: known = '', subjectAltNames } = validation;
  if (known !== '' && caCertificateRefs.length > 0)
    report('WEFT1207', 'spec.validation', 'caCertificateRefs and wellKnownCACertificates exclude each other', 'keep one of them');
  if (known === '' && caCertificateRefs.length === 0)
    report('WEFT1201', 'spec.validation', 'nobody is named whom to trust', 'add caCertificateRefs, or wellKnownCACertificates: System');
  if (known !== '' && known !== 'System') report('WEFT1204', 'spec.validation.wellKnownCACertificates', `"${known}" is not known: the only value is System`);
  for (const [at, { type, hostname: host = '', uri = '' }] of subjectAltNames.entries()) {
    const path = `spec.validation.subjectAltNames[${at}]`;
    if ((type === 'Hostname' ? host : uri) === '') report('WEFT1201', path, `an entry of type ${type} needs ${type === 'Hostname' ? 'hostname' : 'uri'}`);
    if ((type === 'Hostname' ? uri : host) !== '') report('WEFT1207', path, `an entry of type ${type} has no ${type === 'Hostname' ? 'uri' : 'hostname'}`);
  }
  for (const key of Object.keys(options)) report('WEFT1211', `spec.options[${JSON.stringify(key)}]`, `the option "${key}" is ignored: Weft has no TLS options`);
}

export const backendTlsPolicyKind = defineKind({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'BackendTLSPolicy',
  plural: 'backendtlspolicies',
  shortNames: ['btlspolicy'],
  namespaced: true,
  summary: 'How a gateway connects with TLS to a backend that is not part of the mesh: host name, and whose certificates to trust (Gateway API).',
  schema: backendTlsPolicySchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'HOSTNAME', path: 'spec.validation.hostname' },
  ],
  check: ({ spec }, report) => {
    checkTargets(spec, report);
    checkValidation(spec, report);
  },
});
