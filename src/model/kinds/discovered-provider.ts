import { z } from 'zod';
import { fields } from './fields.ts';
import { defineKind } from './kind.ts';

const url = z.string().max(2048, 'must be at most 2048 characters');

export const discoveredProviderSchema = fields({
  issuer: url,
  authorizationEndpoint: url.optional(),
  tokenEndpoint: url.optional(),
  endSessionEndpoint: url.optional(),
  /** Why the last time that it was asked it did not say what it should. */
  problem: z.string().max(500, 'must be at most 500 characters').optional(),
});
export type DiscoveredProviderSpec = z.output<typeof discoveredProviderSchema>;

/** Written by the control plane, under the name of the OIDCPolicy whose issuer it asked; deleting it makes it ask again. */
export const discoveredProviderKind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'DiscoveredProvider',
  plural: 'discoveredproviders',
  shortNames: [],
  namespaced: true,
  summary: 'What the issuer of an OIDCPolicy says of itself (OpenID Connect Discovery). Written by Weft.',
  schema: discoveredProviderSchema,
  columns: [
    { name: 'ISSUER', path: 'spec.issuer' },
    { name: 'TOKEN ENDPOINT', path: 'spec.tokenEndpoint' },
    { name: 'PROBLEM', path: 'spec.problem' },
  ],
  check: () => undefined,
});
