// Lays out what the images of deploy/images hold, out of the built product (`npm run build`): .cache/images/control-plane and
// .cache/images/proxy, each a root folder that its Dockerfile copies as it is.
//
//   node scripts/images.ts [--tars FOLDER]     with --tars also image archives, made by the program that WEFT_MKIMAGE names (no
//                                              container engine): entry point, user and environment are those of the Dockerfiles
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ENVOY_VERSION, findEnvoy } from '../src/machine/index.ts';

const home = join(import.meta.dirname, '..');
const out = join(home, '.cache', 'images');
const IMAGES = ['control-plane', 'proxy'] as const;
type Image = (typeof IMAGES)[number];

/** Comes with the base image, and must be its own: the loader and the C library belong together. */
const OF_BASE = /^(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\+\+)\.so.*|linux-vdso.*)$/;

function put(image: Image, source: string, target: string): void {
  const to = join(out, image, target);
  mkdirSync(dirname(to), { recursive: true });
  cpSync(realpathSync(source), to, { recursive: true, dereference: true });
}

function program(image: Image, source: string, target: string): void {
  put(image, source, target);
  chmodSync(join(out, image, target), 0o755);
  const linked = spawnSync('ldd', [realpathSync(source)], { encoding: 'utf8' }).stdout ?? '';
  for (const [path] of linked.matchAll(/\/\S+/g)) {
    if (OF_BASE.test(basename(path))) continue;
    // beside the base's own, where the loader looks without being told
    put(image, path, `/usr${path.replace(/^\/usr/, '')}`);
  }
}

function which(name: string): string {
  const found = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`there is no ${name} on this machine: install Debian's nftables and util-linux`);
  return found;
}

/** Lays out both roots anew. */
function layOut(): void {
  const envoy = findEnvoy()?.path;
  if (envoy === undefined) throw new Error(`there is no Envoy ${ENVOY_VERSION} on this machine: npm run setup fetches it`);
  if (!existsSync(join(home, 'dist', 'weft.js'))) throw new Error('the product is not built: npm run build');
  rmSync(out, { recursive: true, force: true });
  program('control-plane', process.execPath, '/usr/local/bin/node');
  program('control-plane', envoy, '/usr/local/bin/envoy');
  // what the agent of a node goes into pods' namespaces with
  for (const name of ['nft', 'nsenter']) program('control-plane', which(name), `/usr/sbin/${name}`);
  for (const name of ['dist', 'package.json', 'LICENSE']) put('control-plane', join(home, name), `/opt/weft/${name}`);
  program('proxy', envoy, '/usr/local/bin/envoy');
  program('proxy', which('nft'), '/usr/sbin/nft');
  // by which the proxy of a node is no root
  program('proxy', which('setpriv'), '/usr/sbin/setpriv');
}

/** What a Dockerfile says of how its image is run. */
function runBy(image: Image): { readonly entry: readonly string[]; readonly user: string; readonly environment: readonly string[] } {
  const text = readFileSync(join(home, 'deploy', 'images', `${image}.Dockerfile`), 'utf8');
  const all = (word: string): string[] => [...text.matchAll(new RegExp(`^${word} (.+)$`, 'gm'))].map(([, rest = '']) => rest);
  return { entry: JSON.parse(all('ENTRYPOINT').at(-1) ?? '[]') as string[], user: all('USER').at(-1) ?? '', environment: all('ENV') };
}

function archive(image: Image, folder: string, version: string): void {
  const mkimage = process.env['WEFT_MKIMAGE'];
  if (mkimage === undefined) throw new Error('WEFT_MKIMAGE names no program that makes image archives');
  const { entry, user, environment } = runBy(image);
  const root = join(out, image);
  const paths = readdirSync(root).map((name) => `${join(root, name)}:/${name}`);
  const flags = [...entry.flatMap((word) => ['-e', word]), '-u', user, ...environment.flatMap((each) => ['-E', each])];
  execFileSync(mkimage, [`docker.io/weft/${image}:${version}`, join(folder, `weft-${image}.tar`), ...flags, ...paths], { stdio: 'inherit' });
}

const { values } = parseArgs({ options: { tars: { type: 'string' } } });
layOut();
if (values.tars !== undefined) {
  const folder = resolve(values.tars);
  mkdirSync(folder, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
  for (const image of IMAGES) archive(image, folder, version);
}
