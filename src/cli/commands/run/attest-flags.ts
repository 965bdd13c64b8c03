import type { Command } from 'commander';

/** For commands that join (attest.ts). */
export function attestFlags(declared: Command): Command {
  return declared
    .option(
      '--attest <attestor>',
      'join with what the platform says of this machine: an attestor of the control plane, for example kubernetes-token or aws-iid',
    )
    .option('--evidence-file <file>', 'what to show it: the projected service account token; aws-iid asks the metadata service by itself')
    .option('--root-fingerprint <hex>', 'SHA-256 of the root of the control plane (weft status), so that nobody can pose as it');
}
