// Flags of weft up that say how people sign in to the management API.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { SignInSettings } from '../../../api/index.ts';
import { type Options, text } from '../../command.ts';
import { CommandError, EXIT, usageError } from '../../exit.ts';

export function signInFlags(command: Command): Command {
  return command
    .option('--oidc-issuer <url>', 'let people sign in with tokens of this OpenID Connect issuer (https)')
    .option('--oidc-audience <id>', 'the client id that tokens for Weft are made for')
    .option('--oidc-username-claim <name>', 'the claim that is the user (default sub)')
    .option('--oidc-groups-claim <name>', 'the claim that are the groups (default groups)')
    .option('--oidc-prefix <text>', 'in front of users and groups (default oidc:)')
    .option('--oidc-ca <file>', "authorities of the issuer's certificate, PEM (default: those of the system)")
    .option('--client-ca <file>', 'authorities whose certificates name people (CN the user, O the groups), PEM');
}

function read(cwd: string, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch (cause) {
    throw new CommandError(EXIT.badInput, `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Throws CommandError for flags that do not fit together. */
export function readSignIn(cwd: string, options: Options): SignInSettings {
  const [issuer, audience] = [text(options, 'oidcIssuer'), text(options, 'oidcAudience')];
  const clientCa = text(options, 'clientCa');
  const people = clientCa === undefined ? {} : { clientCaPem: read(cwd, clientCa) };
  if (issuer === undefined && audience === undefined) return people;
  if (issuer === undefined || audience === undefined) throw usageError('--oidc-issuer and --oidc-audience are given together');
  if (!URL.canParse(issuer) || !issuer.startsWith('https://'))
    throw usageError(`--oidc-issuer ${issuer}: write the address of the issuer, https://…, as in its tokens`);
  const [username, groups, prefix, ca] = ['oidcUsernameClaim', 'oidcGroupsClaim', 'oidcPrefix', 'oidcCa'].map((name) => text(options, name));
  const oidc = {
    issuer,
    audience,
    ...(username === undefined ? {} : { usernameClaim: username }),
    ...(groups === undefined ? {} : { groupsClaim: groups }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(ca === undefined ? {} : { caPem: read(cwd, ca) }),
  };
  return { ...people, oidc };
}
