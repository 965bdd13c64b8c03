import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/bin/clock.ts';
import { openControlPlane, type RunningControlPlane } from '../../src/bin/control-plane.ts';
import type { CommandModule } from '../../src/cli/command.ts';
import { command as apply } from '../../src/cli/commands/apply/index.ts';
import { command as get } from '../../src/cli/commands/get/index.ts';
import { command as proxies } from '../../src/cli/commands/proxies/index.ts';
import { type Ran, type RunOptions, runCommand } from '../kit/commands.ts';

const SHOP = `apiVersion: v1
kind: Service
metadata: { name: checkout, namespace: shop }
spec:
  clusterIP: 240.0.0.12
  selector: { app: checkout }
  ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: checkout, namespace: shop, labels: { team: pay } }
spec:
  parentRefs: [{ group: "", kind: Service, name: checkout }]
  rules:
    - name: everyone
      backendRefs: [{ name: checkout, port: 80 }]
`;

let directory: string;
let plane: RunningControlPlane;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weft-cli-'));
  const loopback = { host: '127.0.0.1', port: 0 };
  plane = await openControlPlane({ directory: join(directory, 'data'), api: loopback, xds: loopback, clock: systemClock, log: () => undefined });
});
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** Runs against the control plane; the folder of the test is cut out of what was printed. */
async function run(module: CommandModule, argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran = await runCommand({ env: { WEFT_DATA: join(directory, 'data') }, cwd: process.cwd() }, module, argv, options);
  const short = (text: string): string => text.replaceAll(`${directory}/`, '');
  return { code: ran.code, out: short(ran.out), err: short(ran.err) };
}

describe('apply', () => {
  it('writes', async () => {






      await run(apply, ['-f', '-', '--dry-run', 'server'], { stdin: SHOP.replace('240.0.0.12', '240.0.0.12').replaceAll('name: checkout', 'name: more') }),
    );
      ['services'],
      ['svc,httproutes', '-A'],
      ['all'],
      ['httproutes', '-o', 'yaml'],
      ['svc', 'chekout'],
      ['svc/checkout', 'httproute/checkout', '-o', 'name'],
      ['svx'],
      ['scopes'],
      ['svc', '-l', 'a=('],
    ])
      console.log(await run(get, argv, { namespace: 'shop' }));



    expect(await run(apply, ['-f', file('shop.yaml', SHOP)])).toMatchObject({ code: 0, out: 'service/checkout created\nhttproute/checkout created\n' });
  });
});
