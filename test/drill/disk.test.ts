// D-04: the disk of a control plane is full, or does not sync. Who writes is told, nothing is acknowledged, proxies are served, and all goes on by itself.
import { join as pathOf } from 'node:path';
import { expect, test } from 'vitest';
import { connect, factsOf, join, keepLease } from '../../bench/join.ts';
import { type FailingDisk, fullDisk, unsyncedDisk } from '../kit/failing-disk.ts';
import { eventually } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const MEGABYTES = 96;

const service = (name: string, port: number): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'bench', annotations: { padding: 'x'.repeat(50_000) } },
  spec: { selector: { app: 'honest' }, ports: [{ name: 'http', port, targetPort: 8080, appProtocol: 'http' }] },
});

/** What did not reach the disk in time may have reached it all the same: it was not acknowledged, and may be there (`left`) or not. */
const DISKS: readonly (readonly [string, { readonly open: (mesh: TestMesh) => FailingDisk; readonly left: number }])[] = [
  ['full', { open: (mesh) => fullDisk(pathOf(mesh.folder, 'data'), MEGABYTES), left: 0 }],
  ['that does not sync', { open: () => unsyncedDisk(), left: 20 }],
];

interface AuditPage {
  readonly items: readonly { readonly what: string }[];
}

test.each(DISKS)('a disk %s', { timeout: 300_000 }, async (_what, { open, left }) => {
  const mesh = TestMesh.open();
  const disk = open(mesh);
  try {
    const control = await mesh.up();
    const facts = await factsOf(mesh);
    await mesh.apply([service('before', 80)]);
    const token = await join(mesh, facts, 'honest');
    const leave = keepLease(facts, token);
    const honest = connect(facts, token, {});
    await eventually('the first configuration', async () => (honest.updates.length > 0 ? true : undefined));

    disk.fail();
    const refusals: string[] = [];
    for (let n = 0; n < 20; n++) await mesh.apply([service(`during${n}`, 80)]).catch((error: Error) => refusals.push(error.message));
    process.stderr.write(`disk: ${refusals.length} of 20 writes refused, first: ${refusals[0]?.slice(0, 200)}\n`);
    expect(refusals.length).toBeGreaterThan(0);
    for (const words of refusals) expect(words).toMatch(/: 50[03] /);
    // A credential is in the audit log, or it is not given out.
    const asked = { method: 'POST', body: { namespace: 'bench', serviceAccount: 'late' } };
    await expect(mesh.call('/weft/v1/tokens', asked)).rejects.toThrow(/: 50[03] /);
    const found = (await mesh.call<{ items: readonly { metadata: { name: string } }[] }>('/api/v1/namespaces/bench/services')).items;
    const promised = 20 - refusals.length;
    const there = found.filter(({ metadata }) => metadata.name.startsWith('during')).length;
    expect(there).toBeGreaterThanOrEqual(promised);
    expect(there).toBeLessThanOrEqual(promised + left);
    // Who connects now is served, and who is connected stays so.
    const second = connect(facts, token, {});
    await eventually('configuration for one that comes now', async () => (second.updates.length > 0 ? true : undefined));
    second.close();

    disk.heal();
    await eventually('writes again', async () =>
      mesh.apply([service('after', 81)]).then(
        () => true,
        () => undefined,
      ),
    );
    expect([control.child.exitCode, control.child.signalCode]).toEqual([null, null]);
    const { items } = await mesh.call<AuditPage>('/weft/v1/audit?limit=500');
    expect(items.some(({ what }) => what.endsWith('/after'))).toBe(true);
    const verified = await mesh.run(['audit', 'verify']);
    expect(verified.code, verified.stderr).toBe(0);
    leave();
    honest.close();
  } finally {
    disk[Symbol.dispose]();
    await mesh[Symbol.asyncDispose]();
  }
});
