// The certificate authority of a running mesh as it was at some moment: signs what somebody could have who had its keys then.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/bin/clock.ts';
import { Authority, openSeal } from '../../src/identity/index.ts';
import type { TestMesh } from './test-mesh.ts';

/** A copy of the authority of now; certificates of it are what proxies were given. */
export function authorityOfNow(mesh: TestMesh): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'weft-old-ca-'));
  mkdirSync(join(directory, 'ca'));
  const data = join(mesh.folder, 'data');
  for (const name of ['seal.json', 'ca']) cpSync(join(data, name), join(directory, name), { recursive: true });
  const { files } = openSeal(directory, { env: mesh.env, home: homedir() });
  const authority = Authority.open({ directory, trustDomain: 'example.mesh', clock: systemClock, files });
  rmSync(directory, { recursive: true, force: true });
  return authority;
}
