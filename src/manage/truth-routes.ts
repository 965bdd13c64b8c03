// /weft/v1: what holds, what became of fields, what is wrong among documents, and what a change would do.
import { z } from 'zod';
import { type Document, makeDocumentKey } from '../model/index.ts';
import { kindByWord } from '../policy/index.ts';
import { type ApplyOptions, type ApplyRequest, readApplyRequest, requireWrites } from './apply.ts';
import { readApplyBody } from './apply-body.ts';
import { readBody } from './body.ts';
import { manageError } from './errors.ts';
import type { Permit } from './permit.ts';
import type { ManagePorts } from './ports.ts';
import { checked, type WeftCall, type WeftRoute } from './routes.ts';
import { invalid } from './status.ts';
import { requireAll, seesAll, visibleEffect, visibleFates, withoutAlternatives } from './visible.ts';

const ExplainSchema = z.strictObject({
  from: z.string().min(1),
  to: z.string().min(1),
  port: z.int().min(1).max(65535).optional(),
  method: z
    .string()
    .regex(/^[A-Za-z]+$/, 'must be an HTTP method')
    .default('GET'),
  path: z.string().startsWith('/', 'must begin with "/"').default('/'),
  headers: z.record(z.string(), z.string()).default({}),
});

const EffectiveSchema = z.strictObject({
  service: z.string().min(1),
  port: z.int().min(1).max(65535).optional(),
  from: z.string().optional(),
  route: z.string().min(1).optional(),
});

/** The namespaces that the question names itself: `shop` of `shop/web`. */
function namespacesOf(...names: readonly (string | undefined)[]): readonly string[] {
  return names.flatMap((text) => (text?.includes('/') === true ? [text.split('/', 1)[0] ?? ''] : []));
}

/** Who sees one namespace alone names it: a bare name would be looked for in all of them. */
function placed(permit: Permit, resource: string, text: string): string {
  return text.includes('/') || seesAll(permit, resource) ? text : `default/${text}`;
}

async function explain(ports: ManagePorts, { body, contentType, permit }: WeftCall): Promise<unknown> {
  const { port, ...question } = checked(ExplainSchema, readBody(body, contentType));
  const from = placed(permit, 'explanations', question.from);
  requireAll(permit, 'explanations', namespacesOf(from, question.to), undefined);
  const view = await ports.explain({ ...question, from, method: question.method.toUpperCase(), ...(port === undefined ? {} : { port }) });
  requireAll(permit, 'explanations', [], view);
  return { ...view, verdict: withoutAlternatives(permit, 'explanations', view.verdict) };
}

function effective(ports: ManagePorts, { body, contentType, permit }: WeftCall): unknown {
  const { port, from, route, ...question } = checked(EffectiveSchema, readBody(body, contentType));
  const service = placed(permit, 'effective', question.service);
  requireAll(permit, 'effective', namespacesOf(service, from), undefined);
  const asked = { ...(port === undefined ? {} : { port }), ...(from === undefined ? {} : { from }), ...(route === undefined ? {} : { route }) };
  const view = ports.effective({ service, ...asked });
  requireAll(permit, 'effective', [], view);
  return view.problem === undefined ? view : { ...view, problem: withoutAlternatives(permit, 'effective', view.problem) };
}

/** The fates of `TYPE/NAMESPACE/NAME`; `-` stands for no namespace. Throws `not-found`. */
function fates(ports: Pick<ManagePorts, 'fates'>, { params, permit }: WeftCall): unknown {
  const { kind: word = '', name = '' } = params;
  const namespace = params['namespace'] === '-' ? '' : (params['namespace'] ?? '');
  const kind = kindByWord(word);
  if (kind === undefined) throw manageError('not-found', `there is no kind "${word}"`);
  permit.require({ verb: 'get', group: kind.group, resource: kind.plural, namespace, name });
  const view = ports.fates(makeDocumentKey(kind.group, kind.kind, namespace, name));
  if (view === undefined) throw manageError('not-found', `${kind.plural} "${name}" not found`, { details: { name, kind: kind.plural } });
  return visibleFates(permit, view);
}

/** What writing the documents would do. Throws `invalid` (422) when one of them has an error: then nothing would be written. */
async function effect(
  ports: Pick<ManagePorts, 'effect'>,
  { intake, store }: ApplyOptions,
  { documents, namespace }: ApplyRequest,
  call: WeftCall,
): Promise<unknown> {
  const parsed = documents.map((value) => intake.parse(value, namespace));
  const given = parsed.flatMap((each): readonly Document[] => (each.document === undefined ? [] : [each.document]));
  requireWrites(given, call.permit, store);
  const wrong = parsed.flatMap((each) => each.diagnostics).filter((each) => each.severity === 'error');
  const [first] = wrong;
  if (first !== undefined) throw invalid({ kind: first.at.kind, group: '' }, first.at.name, wrong);
  return visibleEffect(call.permit, await ports.effect(intake.preview(given).documents));
}

export function truthRoutes(ports: ManagePorts, apply: ApplyOptions): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/fates/:kind/:namespace/:name',
      permission: { kind: 'asked', what: 'get the document' },
      answer: (call) => fates(ports, call),
    },
    {
      method: 'POST',
      path: '/explain',
      permission: { kind: 'asked', what: 'get explanations in every namespace that the answer speaks of' },
      answer: (call) => explain(ports, call),
    },
    {
      method: 'POST',
      path: '/effective',
      permission: { kind: 'asked', what: 'get effective in every namespace that the answer speaks of' },
      answer: (call) => effective(ports, call),
    },
    {
      method: 'POST',
      path: '/effect',
      permission: { kind: 'asked', what: 'create, or patch what is there, for each document' },
      answer: async (call) => effect(ports, apply, readApplyRequest(await readApplyBody(call.body, call.contentType), call.author), call),
    },
  ];
}
