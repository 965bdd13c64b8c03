// From a document to rules: one table says what each field and each key of `when` looks at and how its values are written. What cannot be
// read is a mistake with its place; the check of the document reports it, so a document that is in the mesh has none.
import { err, ok, type Result } from '../../base/index.ts';
import type { Policy } from '../../model/index.ts';
import { readPath } from './paths.ts';
import type { Aspect, Condition, Conjunction, Match, Rule } from './rules.ts';
import type { AuthorizationSpec, OperationSpec, RuleSpec, SourceSpec } from './schema.ts';
import { readBlock, readGrpc, readHost, readNamespace, readPrincipal, readServiceAccount, readText, readToken, readTrustDomain } from './values.ts';

/** Whose document it is: names without a namespace or a trust domain are of these. */
export interface Home {
  readonly namespace: string;
  readonly trustDomain: string;
}

type ReadValue = (value: string, home: Home) => Result<Match, string>;

interface Field {
  readonly aspect: Aspect;
  readonly read: ReadValue;
}

export interface Mistake {
  readonly path: string;
  readonly message: string;
}

const principal = (read: ReadValue): Field => ({ aspect: { on: 'principal' }, read });
const readPort: ReadValue = (value) => {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  return port >= 1 && port <= 65_535 ? ok({ kind: 'port', port }) : err('must be a port from 1 to 65535');
};
const METHOD = /^(\*|\*?[A-Za-z-]+|[A-Za-z-]+\*?)$/;
const readMethod: ReadValue = (value) => (METHOD.test(value) ? readText(value) : err('must be a method such as GET'));

const SOURCE: Readonly<Record<string, Field>> = {
  principals: principal(readPrincipal),
  serviceAccounts: principal((value, { namespace, trustDomain }) => readServiceAccount(value, namespace, trustDomain)),
  namespaces: principal((value, { trustDomain }) => readNamespace(value, trustDomain)),
  trustDomains: principal(readTrustDomain),
  ipBlocks: { aspect: { on: 'peer' }, read: readBlock },
  remoteIpBlocks: { aspect: { on: 'client' }, read: readBlock },
  requestPrincipals: { aspect: { on: 'token' }, read: readToken },
};

const OPERATION: Readonly<Record<string, Field>> = {
  hosts: { aspect: { on: 'host' }, read: readHost },
  ports: { aspect: { on: 'port' }, read: readPort },
  methods: { aspect: { on: 'method' }, read: readMethod },
  paths: { aspect: { on: 'path' }, read: readPath },
  grpc: { aspect: { on: 'path' }, read: readGrpc },
};

const KEYS: Readonly<Record<string, Field>> = {
  'source.principal': principal(readPrincipal),
  'source.namespace': principal((value, { trustDomain }) => readNamespace(value, trustDomain)),
  'source.serviceAccount': principal((value, { namespace, trustDomain }) => readServiceAccount(value, namespace, trustDomain)),
  'source.ip': { aspect: { on: 'peer' }, read: readBlock },
  'remote.ip': { aspect: { on: 'client' }, read: readBlock },
  'destination.ip': { aspect: { on: 'address' }, read: readBlock },
  'destination.port': { aspect: { on: 'port' }, read: readPort },
  'connection.sni': { aspect: { on: 'sni' }, read: readText },
  'request.auth.principal': { aspect: { on: 'token' }, read: readToken },
  'request.auth.audiences': { aspect: { on: 'claim', claim: ['aud'] }, read: readText },
  'request.auth.presenter': { aspect: { on: 'claim', claim: ['azp'] }, read: readText },
};

/** Keys of `when`, as the reference lists them. */
export const CONDITION_KEYS: readonly string[] = [...Object.keys(KEYS), 'request.headers[NAME]', 'request.auth.claims[NAME]'];

const header = (name: string): Field => ({ aspect: { on: 'header', name: name.toLowerCase() }, read: readText });

function keyField(key: string): Field | undefined {
  const known = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
  if (known !== undefined) return known;
  const name = /^request\.headers\[([!#$%&'*+.^_`|~0-9A-Za-z-]+)\]$/.exec(key)?.[1];
  if (name !== undefined) return header(name);
  const claims = /^request\.auth\.claims((?:\[[^[\]]+\])+)$/.exec(key)?.[1];
  if (claims === undefined) return undefined;
  return { aspect: { on: 'claim', claim: [...claims.matchAll(/\[([^[\]]+)\]/g)].map(([, each = '']) => each) }, read: readText };
}

/** Collects what cannot be read; the conditions are of what can. */
class Reading {
  readonly mistakes: Mistake[] = [];
  readonly #home: Home;

  constructor(home: Home) {
    this.#home = home;
  }

  condition(field: Field, list: readonly (string | number)[] | undefined, at: { readonly path: string; readonly not: boolean }): readonly Condition[] {
    if (list === undefined) return [];
    const any = list.flatMap((value, index) => {
      const read = field.read(String(value), this.#home);
      if (!read.ok) this.mistakes.push({ path: `${at.path}[${index}]`, message: `"${value}": ${read.error}` });
      return read.ok ? [read.value] : [];
    });
    return [{ aspect: field.aspect, any, not: at.not, path: at.path }];
  }

  /** The fields of a source or an operation, each with its `not` form. */
  fields(table: Readonly<Record<string, Field>>, spec: SourceSpec | OperationSpec, path: string): Conjunction {
    const lists = spec as Readonly<Record<string, readonly (string | number)[] | undefined>>;
    return Object.entries(table).flatMap(([name, field]) => {
      const notName = `not${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
      return [
        ...this.condition(field, lists[name], { path: `${path}.${name}`, not: false }),
        ...this.condition(field, lists[notName], { path: `${path}.${notName}`, not: true }),
      ];
    });
  }

  both(
    field: Field,
    { values, notValues }: { readonly values?: readonly string[] | undefined; readonly notValues?: readonly string[] | undefined },
    path: string,
  ): Conjunction {
    if (values === undefined && notValues === undefined) this.mistakes.push({ path, message: 'values or notValues must be given' });
    return [
      ...this.condition(field, values, { path: `${path}.values`, not: false }),
      ...this.condition(field, notValues, { path: `${path}.notValues`, not: true }),
    ];
  }

  operation(spec: OperationSpec, path: string): Conjunction {
    const headers = (spec.headers ?? []).flatMap((each, at) => {
      const place = `${path}.headers[${at}]`;
      if (each.values === undefined && each.notValues === undefined) return this.condition(header(each.name), ['*'], { path: place, not: false });
      return this.both(header(each.name), each, place);
    });
    return [...this.fields(OPERATION, spec, path), ...headers];
  }

  rule(spec: RuleSpec, path: string): Pick<Rule, 'sources' | 'operations' | 'when'> {
    const when = (spec.when ?? []).flatMap((each, at) => {
      const field = keyField(each.key);
      const place = `${path}.when[${at}]`;
      if (field !== undefined) return this.both(field, each, place);
      this.mistakes.push({ path: `${place}.key`, message: `"${each.key}" is no key; there are ${CONDITION_KEYS.join(', ')}` });
      return [];
    });
    return {
      sources: (spec.from ?? []).map(({ source }, at) => this.fields(SOURCE, source, `${path}.from[${at}].source`)),
      operations: (spec.to ?? []).map(({ operation }, at) => this.operation(operation, `${path}.to[${at}].operation`)),
      when,
    };
  }
}

const readings = (spec: Pick<AuthorizationSpec, 'rules'>): readonly (readonly [RuleSpec, string])[] =>
  (spec.rules ?? []).map((rule, at) => [rule, `rules[${at}]`] as const);

/** What is wrong with the values of a document; paths without `spec.`. */
export function mistakesIn(spec: Pick<AuthorizationSpec, 'rules'>, home: Home): readonly Mistake[] {
  const reading = new Reading(home);
  for (const [rule, path] of readings(spec)) reading.rule(rule, path);
  return reading.mistakes;
}

const KEPT = new WeakMap<Policy, { readonly trustDomain: string; readonly rules: readonly Rule[] }>();

/** The rules of a policy. `id` is what proxies call them: `shop/strict#0`, or by their names. */
export function rulesOf(policy: Policy, trustDomain: string): readonly Rule[] {
  const known = KEPT.get(policy);
  if (known?.trustDomain === trustDomain) return known.rules;
  const name = `${policy.namespace}/${policy.name}`;
  const reading = new Reading({ namespace: policy.namespace, trustDomain });
  const rules = readings(policy.spec as unknown as AuthorizationSpec).map(([spec, path], at): Rule => {
    return { id: `${name}#${spec.name ?? at}`, policy: name, path, ...reading.rule(spec, path) };
  });
  KEPT.set(policy, { trustDomain, rules });
  return rules;
}
