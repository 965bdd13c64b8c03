// The Dockerfiles as a linter sees them (https://github.com/hadolint/hadolint), down to matters of style. What they run is tested with the images
// themselves (test/kubernetes/bed/images.test.ts), what they must not do in test/house/images.test.ts.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { needs } from '../kit/require.ts';

const IMAGES = resolve(import.meta.dirname, '../../deploy/images');
const HADOLINT = process.env['WEFT_HADOLINT'] ?? 'hadolint';
const lint = (...args: readonly string[]) => spawnSync(HADOLINT, args, { cwd: IMAGES, encoding: 'utf8' });

const files = readdirSync(IMAGES).filter((name) => name.endsWith('Dockerfile'));

describe.skipIf(needs('hadolint', lint('--version').status === 0).skip)('Dockerfiles', () => {
  test.each(files)('%s has nothing to be told', (name) => {
    const { status, stdout } = lint('--no-color', '--failure-threshold=style', '--disable-ignore-pragma', name);
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  test('there is one for each of the images', () => expect(files.sort()).toEqual(['control-plane.Dockerfile', 'proxy.Dockerfile']));
});
