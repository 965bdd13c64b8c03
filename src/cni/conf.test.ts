import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ANNOTATIONS, CONF_FILE, ConfKeeper, type ConfState, confOf, keepConf } from './index.ts';

const SOCKET = '/run/weft/cni.sock';
const OURS = { type: 'weft-cni', socket: SOCKET, capabilities: { [ANNOTATIONS]: true } };
const list = (name: string, ...types: readonly string[]): string => JSON.stringify({ cniVersion: '1.0.0', name, plugins: types.map((type) => ({ type })) });
const written = (...files: readonly { readonly name: string; readonly text: string }[]): unknown => {
  const conf = confOf(files, SOCKET);
  return conf.ok ? JSON.parse(conf.value) : conf.error;
};

test('ours is the chain of the first with the plugin at its end, under the name of its network', () => {
  const first = {
    name: '05-cilium.conflist',
    text: JSON.stringify({ cniVersion: '1.0.0', name: 'cilium', disableCheck: true, plugins: [{ type: 'cilium-cni' }] }),
  };
  expect(written({ name: '10-flannel.conflist', text: list('cbr0', 'flannel') }, first)).toEqual({
    cniVersion: '1.0.0',
    name: 'cilium',
    disableCheck: true,
    plugins: [{ type: 'cilium-cni' }, OURS],
  });
});

test('a single plugin is a chain of one; what no runtime takes is passed over, and so are we ourselves', () => {
  const single = { name: '10-one.conf', text: JSON.stringify({ cniVersion: '0.4.0', name: 'one', type: 'bridge', ipam: { type: 'host-local' } }) };
  const others = [
    { name: CONF_FILE, text: list('old', 'gone', 'weft-cni') },
    { name: '01-broken.conflist', text: '{' },
    { name: '02-empty.conflist', text: JSON.stringify({ name: 'x', plugins: [] }) },
    { name: '03-nameless.conf', text: JSON.stringify({ type: 'x' }) },
    { name: '04-note.txt', text: list('x', 'y') },
    single,
  ];
  expect(written(...others)).toEqual({
    cniVersion: '0.4.0',
    name: 'one',
    plugins: [{ cniVersion: '0.4.0', name: 'one', type: 'bridge', ipam: { type: 'host-local' } }, OURS],
  });
});

test('nothing to chain to, and somebody before us', () => {
  expect(written({ name: CONF_FILE, text: list('x', 'bridge', 'weft-cni') })).toEqual({ kind: 'none' });
  expect(written({ name: '00-00-a.conflist', text: list('x', 'y') })).toEqual({ kind: 'before', file: '00-00-a.conflist' });
});

const folder = (): string => mkdtempSync(join(tmpdir(), 'weft-conf-'));
const eventually = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((done) => setTimeout(done, 5));
};

test('whoever rewrites or deletes a file, ours follows; nobody’s file is touched', async () => {
  const at = folder();
  writeFileSync(join(at, '10-a.conflist'), list('a', 'bridge'));
  const states: ConfState[] = [];
  const keeper = ConfKeeper.open({ folder: at, socket: SOCKET, changed: (state) => states.push(state), everyMs: 30 });
  const own = (): string => (existsSync(join(at, CONF_FILE)) ? readFileSync(join(at, CONF_FILE), 'utf8') : '');
  const plugins = (): string => (own() === '' ? '' : (JSON.parse(own()) as { plugins: { type: string }[] }).plugins.map(({ type }) => type).join());
  expect([plugins(), keeper.standing]).toEqual(['bridge,weft-cni', true]);
  writeFileSync(join(at, '10-a.conflist'), list('a', 'ptp', 'portmap'));
  await eventually(() => plugins() === 'ptp,portmap,weft-cni');
  writeFileSync(join(at, CONF_FILE), 'somebody else');
  await eventually(() => own() !== 'somebody else' && plugins() === 'ptp,portmap,weft-cni');
  rmSync(join(at, CONF_FILE));
  await eventually(() => plugins() === 'ptp,portmap,weft-cni');
  rmSync(join(at, '10-a.conflist'));
  await eventually(() => own() === '');
  expect([states.at(-1), keeper.standing]).toEqual([{ kind: 'none' }, false]);
  writeFileSync(join(at, '10-a.conflist'), list('a', 'ptp'));
  await eventually(() => plugins() === 'ptp,weft-cni');
  expect(readFileSync(join(at, '10-a.conflist'), 'utf8')).toBe(list('a', 'ptp'));
  keeper[Symbol.dispose]();
  expect(plugins()).toBe('ptp,weft-cni');
  keeper.remove();
  expect(readdirSync(at)).toEqual(['10-a.conflist']);
});

test('what is as it must be is not written again', () => {
  const at = folder();
  writeFileSync(join(at, '10-a.conflist'), list('a', 'bridge'));
  expect([keepConf(at, SOCKET).kind, keepConf(at, SOCKET).kind]).toEqual(['written', 'kept']);
});
