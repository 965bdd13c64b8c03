// weft gateway: a proxy of a Gateway on this machine.
import { isIP } from 'node:net';
import type { RunOptions } from '../../../machine/index.ts';
import { type CommandModule, type Invocation, type Options, text } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { attestFlags } from '../run/attest-flags.ts';
import { PROXY_MEMORY } from '../run/heap-flag.ts';
import { inNamespace, proxyAlone } from '../run/proxy-alone.ts';

export const command: CommandModule = {
  declare(declared) {
    attestFlags(declared)
      .usage('--name NAME [flags]')
      .option('--name <name>', 'the Gateway whose listeners it serves; the namespace is that of -n')
      .option('--fallback', 'serves no Gateway: takes first calls to services that proxies were not told of, so that each is sent only what it uses')
      .option('--port <number>', 'with --fallback: where it listens', '15443')
      .option('--bind <ip>', 'where it listens, unless the Gateway itself names addresses; 0.0.0.0 lets other machines in', '127.0.0.1')
      .option('--instance <name>', 'tells several proxies of one Gateway apart (default: at random)')
      .option('--token <token>', 'join token, for a control plane on another machine (WEFT_JOIN_TOKEN)')
      .option('--control-plane <host:port>', "the control plane's port for proxies (default: the local control plane)")
      .option('--address <ip>', 'where clients reach this machine, for the status of the Gateway (default: found)')
      .option('--zone <name>', 'where this runs, for calls that stay near')
      .option(...PROXY_MEMORY)
      .option('--drain <duration>', 'how long requests in flight may take at the end', '30s');
  },

  async run(invocation, _args, options) {
    const fallback = options['fallback'] === true;
    return invocation.actions.run(await (fallback ? fallbackOptions(invocation, options) : gatewayOptions(invocation, options)));
  },
};

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function wrong(words: string): CommandError {
  return new CommandError(EXIT.usage, `${words}\n  see: weft gateway --help`);
}

function nameOption(options: Options, name: string): string | undefined {
  const value = text(options, name);
  if (value === undefined || NAME.test(value)) return value;
  throw wrong(`--${name} ${value} is no name: write lower-case letters, digits and "-", at most 63`);
}

/** Where Mesh spec.scoping.fallback looks for it by default. */
const FALLBACK = { namespace: 'weft-system', name: 'fallback' };

/** A fallback is a service like others, with one port of its own and no application. */
async function fallbackOptions(invocation: Invocation, options: Options): Promise<RunOptions> {
  const port = Number(text(options, 'port'));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw wrong(`--port ${text(options, 'port')} is no port from 1 to 65535`);
  const namespace = invocation.flags.namespace ?? FALLBACK.namespace;
  const given = await proxyOptions(inNamespace(invocation, namespace), options, nameOption(options, 'name') ?? FALLBACK.name);
  const gateway = { bind: text(options, 'bind') ?? '127.0.0.1', fallbackPort: port };
  return { ...given, gateway, createService: true, ports: [{ name: 'fallback', port, protocol: 'tcp' }] };
}

async function gatewayOptions(invocation: Invocation, options: Options): Promise<RunOptions> {
  const name = nameOption(options, 'name');
  if (name === undefined) throw wrong('which Gateway is it to serve? name it with --name');
  return proxyOptions(invocation, options, name);
}

async function proxyOptions(invocation: Invocation, options: Options, name: string): Promise<RunOptions> {
  const bind = text(options, 'bind') ?? '127.0.0.1';
  if (isIP(bind) === 0) throw wrong(`--bind ${bind} is no IP address`);
  const instance = nameOption(options, 'instance');
  return { ...(await proxyAlone(invocation, options, name)), ...(instance === undefined ? {} : { instance }), gateway: { bind } };
}
