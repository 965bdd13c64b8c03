// What the agent leaves on its host: the plugin, and the configuration by which the runtime asks it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { WeftError } from '../../base/index.ts';
import type { AgentRequest } from '../../cli/index.ts';
import { CONF_FILE, ConfKeeper, type ConfState, putPlugin, removePlugin, tryPlugin } from '../../cni/index.ts';
import type { Log } from '../logger.ts';
import { pluginScript } from './plugin-script.ts';
import type { Told } from './told.ts';

export interface HostOptions {
  readonly request: AgentRequest;
  readonly told: Told;
  readonly log: Log;
}

function tellState({ told, log, request }: HostOptions, state: ConfState): void {
  const words = { none: `no CNI configuration in ${request.configurations} but ours`, before: 'there is one before ours' };
  if (state.kind === 'none') told.node('WEFT2492', words.none);
  else if (state.kind === 'before') told.node('WEFT2491', `${state.file} comes before ${CONF_FILE} in ${request.configurations}`);
  else log('info', 'the runtime is told of the plugin', { file: join(request.configurations, CONF_FILE) });
}

/** Writes both. The host's folders are mounted where the host has them. Throws WeftError where the plugin does not run there; then the runtime is not told of it. */
export async function openHost(options: HostOptions): Promise<ConfKeeper> {
  const { plugins, configurations, host, socket } = options.request;
  putPlugin({ folder: plugins, host, node: process.execPath, script: pluginScript() }, plugins);
  const tried = await tryPlugin({ folder: plugins, host });
  if (!tried.ok) {
    rmSync(join(configurations, CONF_FILE), { force: true });
    options.told.node('WEFT2490', `${join(plugins, 'weft-cni')} does not run: ${tried.error}`);
    throw new WeftError('agent/plugin', { retryable: true, grpc: 9, http: 412 }, `the plugin does not run on this host: ${tried.error}`);
  }
  return ConfKeeper.open({ folder: configurations, socket, changed: (state) => tellState(options, state) });
}

/** The host as it was before us. */
export function clearHost(keeper: ConfKeeper, { plugins }: AgentRequest): void {
  keeper.remove();
  removePlugin(plugins);
}
