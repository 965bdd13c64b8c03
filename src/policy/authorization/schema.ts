import { z } from 'zod';
import { attachment, fields, label, portNumber } from '../../model/index.ts';

const text = z.string().min(1, 'must not be empty').max(2048, 'must be at most 2048 characters');
const values = z.array(text).min(1, 'must not be empty').max(512, 'at most 512 entries').optional();
const ports = z.array(portNumber).min(1, 'must not be empty').max(64, 'at most 64 entries').optional();
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerName = z.string().max(256, 'must be at most 256 characters').regex(HEADER, 'must be the name of a header');

/** Who: all of the fields must hold, of each list one entry; of a `not` list none. */
const source = fields({
  principals: values,
  notPrincipals: values,
  serviceAccounts: values,
  notServiceAccounts: values,
  namespaces: values,
  notNamespaces: values,
  trustDomains: values,
  notTrustDomains: values,
  ipBlocks: values,
  notIpBlocks: values,
  remoteIpBlocks: values,
  notRemoteIpBlocks: values,
  requestPrincipals: values,
  notRequestPrincipals: values,
});

const header = fields({ name: headerName, values, notValues: values });

/** What: read in the same way. */
const operation = fields({
  hosts: values,
  notHosts: values,
  ports,
  notPorts: ports,
  methods: values,
  notMethods: values,
  paths: values,
  notPaths: values,
  grpc: values,
  notGrpc: values,
  headers: z.array(header).min(1, 'must not be empty').max(32, 'at most 32 entries').optional(),
});

const condition = fields({ key: text, values, notValues: values });

const rule = fields({
  name: label.optional(),
  from: z.array(fields({ source })).min(1, 'must not be empty').max(64, 'at most 64 entries').optional(),
  to: z.array(fields({ operation })).min(1, 'must not be empty').max(64, 'at most 64 entries').optional(),
  when: z.array(condition).min(1, 'must not be empty').max(32, 'at most 32 entries').optional(),
});

/** The words are Istio's (security.istio.io/v1 AuthorizationPolicy), so that its documents can be taken over. */
export const authorizationSchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'Gateway', 'HTTPRoute', 'GRPCRoute'], { selector: true }),
  action: z.enum(['ALLOW', 'DENY', 'AUDIT']).optional(),
  enforcement: z.enum(['Enforce', 'DryRun']).optional(),
  rules: z.array(rule).max(256, 'at most 256 entries').optional(),
});

export type AuthorizationSpec = z.output<typeof authorizationSchema>;
export type RuleSpec = NonNullable<AuthorizationSpec['rules']>[number];
export type SourceSpec = NonNullable<RuleSpec['from']>[number]['source'];
export type OperationSpec = NonNullable<RuleSpec['to']>[number]['operation'];
