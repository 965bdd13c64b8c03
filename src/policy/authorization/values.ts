// How values are written, and what is wrong with them.
import { err, ok, type Result } from '../../base/index.ts';
import { isIpv4, isIpv6 } from '../../model/index.ts';
import type { Match } from './rules.ts';

/** `*` stands for anything at the beginning or the end of a value, or for all of it. */
export function readText(value: string): Result<Match, string> {
  if (value === '*') return ok({ kind: 'present' });
  const inner = value.slice(value.startsWith('*') ? 1 : 0, value.endsWith('*') ? -1 : undefined);
  if (inner.includes('*')) return err('"*" may stand at the beginning or at the end');
  if (value.startsWith('*') && value.endsWith('*')) return err('"*" may stand at the beginning or at the end, not at both');
  if (value.startsWith('*')) return ok({ kind: 'suffix', value: inner });
  return ok(value.endsWith('*') ? { kind: 'prefix', value: inner } : { kind: 'exact', value });
}

const SCHEME = 'spiffe://';
/** What may stand in a SPIFFE ID (SPIFFE-ID §2). */
const ID_CHARACTERS = /^[A-Za-z0-9._/-]*$/;

/** A SPIFFE ID, also without its scheme as Istio writes it; a suffix is compared as it stands. */
export function readPrincipal(value: string): Result<Match, string> {
  const read = readText(value);
  if (!read.ok || read.value.kind === 'present' || !('value' in read.value)) return read;
  const { kind, value: said } = read.value;
  const bare = said.startsWith(SCHEME) ? said.slice(SCHEME.length) : said;
  if (!ID_CHARACTERS.test(bare)) return err('a SPIFFE ID has letters, digits, ".", "_", "-" and "/" only');
  if (kind === 'suffix') return ok(read.value);
  return bare === '' ? err('names nobody') : ok({ kind, value: `${SCHEME}${bare}` });
}

const NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** `namespace/account`, `namespace/*`, or `account` of the policy's own namespace; of the mesh's own trust domain. */
export function readServiceAccount(value: string, namespace: string, trustDomain: string): Result<Match, string> {
  const [first = '', second, ...rest] = value.split('/');
  const [home, account] = second === undefined ? [namespace, first] : [first, second];
  if (rest.length > 0 || !NAME.test(home) || !(account === '*' || NAME.test(account))) return err('must be "namespace/account", "namespace/*" or "account"');
  const all = `${SCHEME}${trustDomain}/ns/${home}/sa/`;
  return ok(account === '*' ? { kind: 'prefix', value: all } : { kind: 'exact', value: `${all}${account}` });
}

/** A namespace of the mesh's own trust domain. Names have no "/", so what stands between two of them is one name. */
export function readNamespace(value: string, trustDomain: string): Result<Match, string> {
  const read = readText(value);
  if (!read.ok) return read;
  const root = `${SCHEME}${trustDomain}/ns/`;
  if (!('value' in read.value)) return ok({ kind: 'prefix', value: root });
  const { kind, value: said } = read.value;
  if (!/^[a-z0-9-]+$/.test(said)) return err('must be the name of a namespace');
  if (kind === 'suffix')
    return ok({
      kind: 'all',
      of: [
        { kind: 'prefix', value: root },
        { kind: 'contains', value: `${said}/sa/` },
      ],
    });
  return ok({ kind: 'prefix', value: `${root}${said}${kind === 'exact' ? '/' : ''}` });
}

/** A trust domain as a whole. */
export function readTrustDomain(value: string): Result<Match, string> {
  return /^[a-z0-9._-]{1,255}$/.test(value)
    ? ok({ kind: 'prefix', value: `${SCHEME}${value}/` })
    : err('must be a trust domain: lower-case letters, digits, ".", "_", "-"');
}

/** An address, or a block of them in CIDR notation (RFC 4632, RFC 4291). */
export function readBlock(value: string): Result<Match, string> {
  const [address = '', bits, ...rest] = value.split('/');
  const longest = isIpv4(address) ? 32 : isIpv6(address) ? 128 : 0;
  const length = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (longest === 0 || rest.length > 0 || !(length <= longest)) return err('must be an address such as 10.0.0.7, or a block such as 10.0.0.0/8');
  return ok({ kind: 'cidr', address, bits: length });
}

/** `issuer/subject`: what stands after the last "/" is the subject. */
export function readToken(value: string): Result<Match, string> {
  if (value === '*') return ok({ kind: 'token', issuer: { kind: 'present' }, subject: { kind: 'present' } });
  const at = value.lastIndexOf('/');
  if (at <= 0 || at === value.length - 1) return err('must be "issuer/subject", with "*" for any of either');
  const issuer = readText(value.slice(0, at));
  const subject = readText(value.slice(at + 1));
  if (!issuer.ok) return issuer;
  return subject.ok ? ok({ kind: 'token', issuer: issuer.value, subject: subject.value }) : subject;
}

const HOST = /^[A-Za-z0-9.*_-]+$|^\[[0-9a-fA-F:.]+\]$/;

/** A host name; case, a port and a dot at the end never matter. */
export function readHost(value: string): Result<Match, string> {
  if (!HOST.test(value)) return err('must be a host name without scheme, port or path');
  const read = readText(value.toLowerCase().replace(/\.$/, ''));
  return read;
}

/** `package.Service/Method`, `package.Service/*` or `package.Service`. */
export function readGrpc(value: string): Result<Match, string> {
  const found = /^([A-Za-z_][A-Za-z0-9_.]*)(?:\/(\*|[A-Za-z_][A-Za-z0-9_]*))?$/.exec(value);
  if (found === null) return err('must be "package.Service/Method" or "package.Service"');
  const [, service = '', method = '*'] = found;
  return ok(method === '*' ? { kind: 'prefix', value: `/${service}/` } : { kind: 'exact', value: `/${service}/${method}` });
}
