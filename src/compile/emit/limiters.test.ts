import { expect, test } from 'vitest';
import { sha256 } from '../../../test/kit/compiled.ts';
import { HttpLocalRateLimitSchema, pack, type StatusCode } from '../../envoy/index.ts';
import { idleAt } from './discovered.ts';
import { emitLimiter } from './limiters.ts';

const origins = [{ kind: 'RateLimitPolicy', namespace: 'a', name: 'p', path: 'spec' }];
const name = 'weft.local_ratelimit/inbound:8080';

test('what Envoy would refuse is told, and the filter stands there all the same: without it no request would be answered', () => {
  // a status that Envoy has no name for
  const { resources, diagnostics } = emitLimiter(
    { name, typedConfig: pack(HttpLocalRateLimitSchema, { statPrefix: 'weft', status: { code: 430 as StatusCode } }) },
    { origins, hash: sha256 },
  );
  expect(diagnostics.map(({ code }) => code)).toEqual(['WEFT1502']);
  const idle = emitLimiter(idleAt(name) ?? expect.fail(), { origins, hash: sha256 });
  expect(resources.map(({ name: each, version }) => [each, version])).toEqual(idle.resources.map(({ name: each, version }) => [each, version]));
});
