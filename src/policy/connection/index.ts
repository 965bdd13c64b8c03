import { defineKind } from '../../model/index.ts';
import { definePolicy, type Site } from '../policy.ts';
import { plainWords } from '../words.ts';
import { compileConnection } from './compile.ts';
import { connectionDefaults } from './defaults.ts';
import { connectionSchema } from './schema.ts';
import { checkConnection } from './validate.ts';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'ConnectionPolicy',
  plural: 'connectionpolicies',
  shortNames: [],
  namespaced: true,
  attaches: true,
  summary: 'How connections between proxies, and to the application, are made, kept and ended.',
  schema: connectionSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'CONNECT TIMEOUT', path: 'spec.connectTimeout' },
    { name: 'MAX AGE', path: 'spec.maxAge' },
  ],
  check: checkConnection,
});

const ABOUT_HTTP = /^(application\.)?(idle|maxAge|maxAgeJitterPercent|maxRequestsPerConnection)$|^http2\b|^application\.http$/;

/** On TCP a connection is the client's: Weft ends it after so much silence, and for no other reason. */
function ignored(path: string, site: Site): string | undefined {
  if (site.protocol === 'tcp' && ABOUT_HTTP.test(path)) return 'the port speaks TCP: its connections are its client’s, one for one';
  if (site.protocol !== 'tcp' && path === 'tcpIdle') return 'the port speaks HTTP: idle says how long its connections are kept';
  if (site.outside === true && /^(http2|application)\b/.test(path)) return 'the server stands outside the mesh and speaks HTTP as it does';
  return undefined;
}

export const connectionPolicy = definePolicy({
  kind,
  targets: ['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway'],
  sites: [
    { kind: 'cluster', side: 'outbound' },
    { kind: 'cluster', side: 'inbound' },
    { kind: 'route', side: 'gateway' },
  ],
  defaults: connectionDefaults,
  ignored,
  compile: compileConnection,
  words: (effective, { side }) => plainWords(effective, ({ path }) => (side === 'inbound') === path.startsWith('application')),
});
