import { ATTACHMENT_FIELDS, type Checked, type Report } from '../../model/index.ts';
import { parseKeysUri } from './addresses.ts';
import { jwksProblem } from './jwks.ts';
import type { Issuer, RequestAuthenticationSpec } from './schema.ts';

/** Headers that decide where a request goes or what it is: no claim may write them. */
const TAKEN = /^(:|host$|content-length$|transfer-encoding$|connection$|weft-|x-envoy-|x-forwarded-client-cert$)/i;

/** Keys that can be used, issuers that can be told apart, places where a token can stand. */
export function checkRequestAuthentication({ spec }: Checked<RequestAuthenticationSpec>, report: Report): void {
  if (spec.targetRefs.length === 0 && !('selector' in spec))
    report('WEFT1801', 'spec', 'the policy has neither targetRefs nor a selector, so it has no effect');
  if (Object.keys(spec).every((key) => ATTACHMENT_FIELDS.includes(key))) report('WEFT1802', 'spec', 'the policy says nothing');
  const issuers = spec.issuers ?? [];
  for (const [at, each] of issuers.entries()) {
    const path = `spec.issuers[${at}]`;
    if (issuers.findIndex(({ issuer }) => issuer === each.issuer) < at) report('WEFT2150', `${path}.issuer`, `issuer ${each.issuer} is there twice`);
    checkIssuer(each, path, report);
  }
}

function checkIssuer({ keys, from = [], claimsToHeaders = [], payloadHeader, audiences }: Issuer, path: string, report: Report): void {
  if (audiences === undefined) report('WEFT2151', path, 'audiences is not given: tokens made for anybody else are taken as well');
  if ((keys.inline === undefined) === (keys.remote === undefined)) report('WEFT1207', `${path}.keys`, 'exactly one of inline and remote must be given');
  const problem = keys.inline === undefined ? undefined : jwksProblem(keys.inline);
  if (problem !== undefined) report('WEFT2152', `${path}.keys.inline`, problem);
  const place = keys.remote === undefined ? undefined : parseKeysUri(keys.remote.uri);
  if (typeof place === 'string') report('WEFT2153', `${path}.keys.remote.uri`, `${keys.remote?.uri} ${place}`);
  for (const [at, { header, query, cookie }] of from.entries())
    if ([header, query, cookie].filter((each) => each !== undefined).length !== 1)
      report('WEFT1207', `${path}.from[${at}]`, 'exactly one of header, query and cookie must be given');
  for (const [at, { header }] of claimsToHeaders.entries())
    if (TAKEN.test(header)) report('WEFT2154', `${path}.claimsToHeaders[${at}].header`, `${header} is not for claims`);
  if (payloadHeader !== undefined && TAKEN.test(payloadHeader)) report('WEFT2154', `${path}.payloadHeader`, `${payloadHeader} is not for claims`);
}
