// One scenario per folder. `WEFT_UPDATE_GOLDENS=1` rewrites what stands beside in.yaml; the diff is reviewed. What is the same in
// every case (the frame of a connection manager, limits) is left out, except in the cases of UNABRIDGED, which show everything.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { documentsOf, fullSet, meshOf, proxiedWorkloads, shown, sidecarOf } from '../../test/kit/compiled.ts';
import { type Diagnostic, describeOrigin } from '../base/index.ts';
import { type DocumentKey, documentKey, type Mesh } from '../model/index.ts';
import { documentDiagnostics, type Explanation, explain } from './index.ts';

const GOLDENS = join(import.meta.dirname, 'goldens');
const UPDATE = process.env['WEFT_UPDATE_GOLDENS'] === '1';
const UNABRIDGED: readonly string[] = ['tcp-and-http', 'balancing'];

/** Constant parts: they say nothing about a case. */
const CONSTANT = new Set([
  'local_reply_config',
  'http_protocol_options',
  'http2_protocol_options',
  'common_http_protocol_options',
  'outlier_detection',
  'common_lb_config',
  'load_balancing_policy',
  'upstream_connection_options',
  'typed_extension_protocol_options',
  'retry_back_off',
  'retry_host_predicate',
  'host_selection_retry_max_attempts',
  'retriable_headers',
  'tls_params',
  'extension_config',
  'xds_matcher',
  'sds_config',
  'config_source',
  'eds_config',
  'resource_api_version',
]);
const HCM_KEPT = new Set(['@type', 'stat_prefix', 'rds', 'route_config', 'http_filters', 'forward_client_cert_details', 'generate_request_id']);

function abridged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(abridged);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([key]) => !CONSTANT.has(key));
  const manager =
    typeof (value as Record<string, unknown>)['@type'] === 'string' && String((value as Record<string, unknown>)['@type']).endsWith('HttpConnectionManager');
  return Object.fromEntries(entries.filter(([key]) => !manager || HCM_KEPT.has(key)).map(([key, item]) => [key, abridged(item)]));
}

function diagnosticLine(one: Diagnostic): string {
  return `${one.severity} ${one.code}  ${describeOrigin(one.at)}\n  ${one.message}\n  hint: ${one.hint}\n`;
}

function explanationText({ title, hops, verdict }: Explanation): string {
  const steps = hops.flatMap((hop, at) =>
    hop.steps.map((step, line) => {
      const where = step.origin?.file === undefined ? '' : `  ${step.origin.file}:${step.origin.line}`;
      return `  ${line === 0 ? at + 1 : ' '}  ${line === 0 ? hop.title : ''.padEnd(hop.title.length)}  ${step.subject.padEnd(12)} ${step.value}  ${step.note}${where}`.trimEnd();
    }),
  );
  return [title, ...steps, `${verdict.ok ? '✔' : '×'} ${verdict.text}`, ...verdict.alternatives.map((each) => `    ${each}`), ''].join('\n');
}

function questionsOf(folder: string, mesh: Mesh): string | undefined {
  const file = join(folder, 'questions.txt');
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const answers = lines.map((line) => {
    const [from = '', to = '', method = '', path = '', ...headers] = line.split(' ');
    const pairs = headers.map((header) => [header.slice(0, header.indexOf(':')), header.slice(header.indexOf(':') + 1)] as const);
    return explanationText(explain(mesh, { from, to, method, path, headers: Object.fromEntries(pairs) }));
  });
  return answers.join('\n');
}

/** File name → content, for everything that a case says. */
function outcome(name: string): ReadonlyMap<string, string> {
  const folder = join(GOLDENS, name);
  const { documents, diagnostics } = documentsOf(readFileSync(join(folder, 'in.yaml'), 'utf8'));
  const mesh = meshOf(documents);
  const show = (value: unknown): string => stringify(UNABRIDGED.includes(name) ? value : abridged(value), { lineWidth: 0, sortMapEntries: false });
  const files = new Map<string, string>();
  const found = [...diagnostics, ...documents.flatMap((document) => documentDiagnostics(mesh, documentKey(document) as DocumentKey))];
  const workloads = proxiedWorkloads(mesh);
  for (const workload of workloads) {
    const set = fullSet(mesh, sidecarOf(workload));
    found.push(...set.diagnostics);
    const where = workloads.length === 1 ? '' : `${workload.replace('/', '.')}.`;
    // Filters that are told by themselves: only where somebody has something to tell them.
    const told = set.resources.filter(({ type, origins }) => type === 'extension' && origins.some(({ kind }) => kind.endsWith('Policy')));
    if (told.length > 0) files.set(`${where}extensions.yaml`, show(shown(told, 'extension')));
    for (const type of ['listener', 'routes', 'cluster', 'endpoints'] as const) {
      files.set(`${where}${type === 'listener' || type === 'cluster' ? `${type}s` : type}.yaml`, show(shown(set.resources, type)));
    }
    const extensions = shown(set.resources, 'extension');
    if (Object.keys(extensions).length > 0) files.set(`${where}extensions.yaml`, show(extensions));
  }
  files.set('diagnostics.txt', [...new Set(found.map(diagnosticLine))].join(''));
  const answers = questionsOf(folder, mesh);
  if (answers !== undefined) files.set('explain.txt', answers);
  return files;
}

describe('goldens', () => {
  for (const name of readdirSync(GOLDENS).sort()) {
    test(name, () => {
      const folder = join(GOLDENS, name);
      const made = outcome(name);
      if (UPDATE) {
        for (const file of readdirSync(folder)) if (file !== 'in.yaml' && file !== 'questions.txt') rmSync(join(folder, file));
        mkdirSync(folder, { recursive: true });
        for (const [file, text] of made) writeFileSync(join(folder, file), text);
      }
      const stored = readdirSync(folder).filter((file) => file !== 'in.yaml' && file !== 'questions.txt');
      expect(stored.sort(), 'run npm run goldens').toEqual([...made.keys()].sort());
      for (const [file, text] of made) expect(text, file).toBe(readFileSync(join(folder, file), 'utf8'));
    });
  }
});
