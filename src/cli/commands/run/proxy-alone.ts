// What the options of `weft gateway` and `weft node` have in common: a proxy without an application beside it.
import type { RunOptions } from '../../../machine/index.ts';
import { parseDuration } from '../../../model/index.ts';
import { type Invocation, type Options, text } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { attestWish } from './attest.ts';
import { heapOption } from './heap.ts';
import { joinVia } from './join-via.ts';
import { ownAddress } from './own-address.ts';

/** The invocation as if -n had named `namespace`. */
export function inNamespace(invocation: Invocation, namespace: string): Invocation {
  return { ...invocation, namespace, flags: { ...invocation.flags, namespace } };
}

/**
 * How a proxy of `service` joins and what all such proxies share: no ports, no Service, no command. The caller adds what it is for.
 * Throws CommandError for a --drain that is no duration, and what `joinVia` throws.
 */
export async function proxyAlone(invocation: Invocation, options: Options, service: string): Promise<RunOptions> {
  const { io, flags } = invocation;
  const drainMs = parseDuration(text(options, 'drain') ?? '');
  if (drainMs === undefined) throw new CommandError(EXIT.usage, `--drain ${text(options, 'drain')} is no duration: write 500ms, 30s or 1m`);
  const join = await joinVia(invocation, {
    service,
    account: undefined,
    token: text(options, 'token') ?? io.env['WEFT_JOIN_TOKEN'],
    controlPlane: text(options, 'controlPlane'),
    attest: attestWish(invocation, options),
  });
  return {
    ...join,
    service,
    ports: [],
    createService: false,
    labels: {},
    address: text(options, 'address') ?? (await ownAddress(join.controlPlane)),
    zone: text(options, 'zone') ?? '',
    weight: 1,
    ...heapOption(options),
    capture: 'auto',
    upstreams: [],
    drainSeconds: drainMs / 1000,
    graceSeconds: 0,
    command: [],
    env: {},
    quiet: flags.quiet,
    verbose: flags.verbose,
  };
}
