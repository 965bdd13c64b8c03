import { nodeSocket, parsePorts, parseUpstream, type RunOptions } from '../../../machine/index.ts';
import { parseDuration } from '../../../model/index.ts';
import { type Invocation, type Options, text, texts } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { nodeName } from '../node/index.ts';
import { attestWish } from './attest.ts';
import { heapOption } from './heap.ts';
import { joinVia } from './join-via.ts';
import { ownAddress } from './own-address.ts';

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

function wrong(words: string): CommandError {
  return new CommandError(EXIT.usage, `${words}\n  see: weft run --help`);
}

function nameOption(options: Options, name: string, flag: string): string | undefined {
  const value = text(options, name);
  if (value === undefined || NAME.test(value)) return value;
  throw wrong(`${flag} ${value} is no name: write lower-case letters, digits and "-", at most 63`);
}

function labels(options: Options): Readonly<Record<string, string>> {
  const pairs = texts(options, 'label').map((pair): readonly [string, string] => {
    const at = pair.indexOf('=');
    const [key, value] = [pair.slice(0, Math.max(at, 0)), pair.slice(at + 1)];
    if (at < 0 || !LABEL_KEY.test(key) || !LABEL_VALUE.test(value)) throw wrong(`--label ${pair} is no label: write KEY=VALUE, for example tier=front`);
    return [key, value];
  });
  const version = text(options, 'version') ?? text(options, 'versionLabel');
  if (version !== undefined && !LABEL_VALUE.test(version))
    throw wrong(`--version ${version} cannot be a label: write letters, digits, "-", "_" and ".", at most 63`);
  return { ...Object.fromEntries(pairs), ...(version === undefined ? {} : { version }) };
}

function seconds(options: Options, name: string): number {
  const value = text(options, name) ?? '';
  const ms = parseDuration(value);
  if (ms === undefined) throw wrong(`--${name} ${value} is no duration: write 500ms, 30s or 1m`);
  return ms / 1000;
}

function weight(options: Options): number {
  const value = text(options, 'weight') ?? '1';
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= 1000) return number;
  throw wrong(`--weight ${value}: write a whole number from 1 to 1000`);
}

const CAPTURE_MODES: readonly RunOptions['capture'][] = ['auto', 'netns', 'pasta', 'relay', 'explicit'];

/** What machine wants to know, out of flags and environment. Throws CommandError or `machine/usage` for what cannot be. */
export async function runOptions(invocation: Invocation, command: readonly string[], options: Options): Promise<RunOptions> {
  const { io, flags } = invocation;
  const service = nameOption(options, 'service', '--service');
  if (service === undefined) throw wrong('which service is this an instance of? name it with --service');
  if (command.length === 0) throw wrong('there is no command to run: write it behind two dashes, for example -- node web.js');
  const protocol = text(options, 'protocol');
  const fromFlags = {
    ports: parsePorts(texts(options, 'port'), protocol === 'auto' ? undefined : protocol),
    upstreams: texts(options, 'upstream').map(parseUpstream),
    labels: labels(options),
    weight: weight(options),
    drainSeconds: seconds(options, 'drain'),
    graceSeconds: seconds(options, 'grace'),
    capture: CAPTURE_MODES.find((mode) => mode === text(options, 'capture')) ?? 'auto',
  };
  const node = text(options, 'node');
  const instance = nameOption(options, 'instance', '--instance');
  const account = nameOption(options, 'serviceAccount', '--service-account');
  const join = await joinVia(invocation, {
    service,
    account,
    token: text(options, 'token') ?? io.env['WEFT_JOIN_TOKEN'],
    controlPlane: text(options, 'controlPlane'),
    attest: attestWish(invocation, options),
  });
  // the token is spent by joining; the application has no use for it
  const { WEFT_JOIN_TOKEN: _, ...env } = io.env;
  return {
    ...fromFlags,
    ...join,
    service,
    ...(node === undefined ? {} : { node: { role: 'served', socket: nodeSocket(nodeName(node, '--node')) } }),
    createService: options['noService'] !== true,
    ...(instance === undefined ? {} : { instance }),
    ...heapOption(options),
    address: text(options, 'address') ?? (await ownAddress(join.controlPlane)),
    zone: text(options, 'zone') ?? '',
    command,
    cwd: io.cwd,
    env,
    quiet: flags.quiet,
    verbose: flags.verbose,
  };
}
