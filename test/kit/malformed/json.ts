// Requests that are right as HTTP/1.1, whose bodies and paths are not.
import { mutated, pick } from './bytes.ts';
import { pipeline } from './pipeline.ts';
import type { Kind, Target } from './sender.ts';

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

const BATCH = 500;

function post(path: string, headers: string, body: Buffer): Buffer {
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** To the management API: with the admin token, or (a flood of strangers) with none or a wrong one. */
export const json = (weight: number): Kind => ({
  weight,
  batch: BATCH,
  atOnce: 4,
  send: ({ api, token }: Target, count, tally) => {
    const bearer = token === '' ? 'Authorization: Bearer guessed\r\n' : `Authorization: Bearer ${token}\r\n`;
    const make = (): Buffer => post(pick(PATHS), `${bearer}Content-Type: ${pick(TYPES)}\r\n`, mutated(Buffer.from(pick(BODIES))));
    return pipeline({ port: api, tls: false, depth: 32, make }, count, tally);
  },
});

export const reviews = (weight: number): Kind => ({
  weight,
  batch: BATCH,
  atOnce: 4,
  send: ({ webhooks }: Target, count, tally) => {
    const make = (): Buffer => post(pick(HOOKS), 'Content-Type: application/json\r\n', mutated(Buffer.from(REVIEW)));
    return pipeline({ port: webhooks, tls: true, depth: 32, make }, count, tally);
  },
});
