// Requests that are right as HTTP/1.1, whose bodies and paths are not: one after the other on a connection.
import { Agent, request } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import { mutated, pick } from './bytes.ts';
import type { Kind, Outcome, Target } from './sender.ts';

const BODIES: readonly [string, ...string[]] = [
  '{"documents":[{}]}',
  '{"documents":[{"kind":"Service","apiVersion":"v1","metadata":{"name":"a"},"spec":{}}]}',
  '[[[[[[',
  '{"a":1e999}',
  '"\\ud800"',
  '{"documents":{}}',
];
const PATHS: readonly [string, ...string[]] = [
  '/weft/v1/apply',
  '/weft/v1/explain',
  '/weft/v1/effective',
  '/weft/v1/tokens',
  '/api/v1/namespaces/a/services',
  '/apis/weft.dev/v1alpha1/namespaces/a/timeoutpolicies',
];
const TYPES: readonly [string, ...string[]] = ['application/json', 'application/yaml', 'application/merge-patch+json', 'x'];

const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a', namespace: 'b', labels: {} }, spec: { containers: [{ name: 'a', image: 'b' }] } };
const asked = { uid: 'u', kind: { group: '', version: 'v1', kind: 'Pod' }, operation: 'CREATE', namespace: 'b', name: 'a', object: pod };
const REVIEW = JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: asked });
const HOOKS: readonly [string, ...string[]] = ['/inject', '/inject/asked', '/validate', '/validate/namespace', '/', '/inject?x=%00'];

export class ServerFailed extends Error {}

interface Posted {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly agent: Agent | TlsAgent;
}

/** Rejects when the server says that it failed: that is a fault of its own. */
function post({ port, path, headers, body, agent }: Posted): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const open = agent instanceof TlsAgent ? requestTls : request;
    const options = { port, host: '127.0.0.1', method: 'POST', path, headers: { ...headers, 'content-length': body.length }, agent, rejectUnauthorized: false };
    const sending = open(options, (answer) => {
      const status = answer.statusCode ?? 0;
      answer.resume().once('close', () => {
        if (status >= 500 && status !== 503) reject(new ServerFailed(`${path}: ${status} to ${body.toString('base64')}`));
        else resolve('answered');
      });
    });
    sending.setTimeout(5_000, () => sending.destroy());
    sending.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' ? 'unsent' : 'closed'));
    sending.end(body);
  });
}

const requests = (weight: number, make: (target: Target) => Omit<Posted, 'agent'>, agentOf: () => Agent | TlsAgent): Kind => ({
  weight,
  batch: 100,
  send: async (target, count, tally) => {
    const agent = agentOf();
    try {
      for (let n = 0; n < count; n++) tally[await post({ ...make(target), agent })]++;
    } finally {
      agent.destroy();
    }
  },
});

const oneAtATime = { keepAlive: true, maxSockets: 1 } as const;

export const json = (weight: number): Kind =>
  requests(
    weight,
    ({ api, token }) => ({
      port: api,
      path: pick(PATHS),
      headers: { authorization: `Bearer ${token}`, 'content-type': pick(TYPES) },
      body: mutated(Buffer.from(pick(BODIES))),
    }),
    () => new Agent(oneAtATime),
  );

export const reviews = (weight: number): Kind =>
  requests(
    weight,
    ({ webhooks }) => ({ port: webhooks, path: pick(HOOKS), headers: { 'content-type': 'application/json' }, body: mutated(Buffer.from(REVIEW)) }),
    () => new TlsAgent({ ...oneAtATime, rejectUnauthorized: false }),
  );
