// weft version: of this program, of the control plane it would talk to, and of Envoy.
import { findEnvoy } from '../../../machine/index.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';

export const command: CommandModule = {
  declare(declared) {
    declared.option('-o, --output <form>', 'json or yaml');
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], ['text', 'json', 'yaml'] as const, 'text');
    const { io, actions } = invocation;
    const versions = { client: actions.version, controlPlane: await controlPlane(invocation), envoy: envoy(), node: process.versions.node };
    if (form !== 'text') {
      io.out(await valueText({ ...versions, controlPlane: versions.controlPlane ?? null, envoy: versions.envoy ?? null }, form));
      return EXIT.ok;
    }
    io.out(`weft            ${versions.client}\n`);
    io.out(`control plane   ${versions.controlPlane ?? 'none answers'}\n`);
    io.out(
      `envoy           ${versions.envoy === undefined ? 'none yet: the first `weft run` fetches it' : `${versions.envoy.version} (${versions.envoy.from})`}\n`,
    );
    io.out(`node            ${versions.node}\n`);
    return EXIT.ok;
  },
};

/** Undefined when none is to be found: that is no failure here. */
async function controlPlane(invocation: Invocation): Promise<string | undefined> {
  try {
    const { http } = await invocation.session();
    const status = await http.json({ path: '/weft/v1/status', deadlineMs: Math.min(invocation.flags.timeoutMs, 2000), signal: invocation.io.signal });
    const version = (status as { readonly version?: unknown } | undefined)?.version;
    return typeof version === 'string' ? version : undefined;
  } catch (error) {
    if (error instanceof CommandError && error.code === EXIT.usage) throw error;
    invocation.flags.verbose && invocation.note(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function envoy(): { readonly version: string; readonly from: string; readonly path: string } | undefined {
  try {
    const found = findEnvoy();
    return found === undefined ? undefined : { version: found.version, from: found.from, path: found.path };
  } catch {
    // WEFT_ENVOY names something that is no Envoy; `weft run` says so at length
    return undefined;
  }
}
