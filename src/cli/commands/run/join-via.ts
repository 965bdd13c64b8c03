import { readJoinToken } from '../../../api/index.ts';
import { parseHostPort, type RunOptions } from '../../../machine/index.ts';
import { Client } from '../../client/client.ts';
import type { Invocation } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import type { Session } from '../../session.ts';
import { type AttestWish, credentialOf } from './attest.ts';

export interface JoinWish {
  readonly service: string;
  readonly account: string | undefined;
  readonly token: string | undefined;
  readonly controlPlane: string | undefined;
  readonly attest?: AttestWish | undefined;
}

type Join = Pick<RunOptions, 'namespace' | 'serviceAccount' | 'joinToken' | 'controlPlane'>;

const XDS_PORT = 7401;

/**
 * How this workload joins: with the token it was given, or with one that the local control plane makes whenever one is needed. Throws
 * CommandError for a token that is none, or when there is no control plane to ask.
 */
export function joinVia(invocation: Invocation, wish: JoinWish): Promise<Join> {
  if (wish.attest !== undefined) return viaAttestor(wish, wish.attest);
  return wish.token === undefined ? viaControlPlane(invocation, wish) : viaToken(invocation, { ...wish, token: wish.token });
}

async function viaAttestor({ controlPlane }: JoinWish, attest: AttestWish): Promise<Join> {
  if (controlPlane === undefined) throw new CommandError(EXIT.usage, `where is the control plane?\n  name it: --control-plane HOST:${XDS_PORT}`);
  return { controlPlane: parseHostPort(controlPlane, XDS_PORT), joinToken: () => credentialOf(attest) };
}

async function viaToken(invocation: Invocation, { token, account, controlPlane }: JoinWish & { readonly token: string }): Promise<Join> {
  const claims = readJoinToken(token);
  if (!claims.ok) throw new CommandError(EXIT.usage, claims.error);
  const address = controlPlane === undefined ? await addressWithToken(invocation) : parseHostPort(controlPlane, XDS_PORT);
  const { namespace } = invocation.flags;
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(account === undefined ? {} : { serviceAccount: account }),
    controlPlane: address,
    // it is good for one join: a control plane that has forgotten us needs another one
    joinToken: async (again) => (again ? undefined : token),
  };
}

async function addressWithToken(invocation: Invocation): Promise<RunOptions['controlPlane']> {
  try {
    return await addressOf(invocation, await invocation.session());
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== EXIT.unreachable) throw error;
    throw new CommandError(EXIT.usage, `the token says who this workload is, not where the control plane is\n  name it: --control-plane HOST:${XDS_PORT}`);
  }
}

async function viaControlPlane(invocation: Invocation, { service, account, controlPlane }: JoinWish): Promise<Join> {
  const { namespace } = invocation;
  const session = await invocation.session().catch((error: unknown) => {
    if (!(error instanceof CommandError) || controlPlane === undefined) throw error;
    throw new CommandError(
      EXIT.usage,
      `a control plane on another machine lets in who has a join token\n  there: weft token create --service-account ${namespace}/${account ?? service}\n  here:  --token … (WEFT_JOIN_TOKEN)`,
    );
  });
  const serviceAccount = account ?? service;
  const client = new Client(invocation);
  return {
    namespace,
    serviceAccount,
    controlPlane: controlPlane === undefined ? await addressOf(invocation, session) : parseHostPort(controlPlane, XDS_PORT),
    joinToken: async () => ((await client.weft('tokens', { namespace, serviceAccount })) as { readonly token: string } | undefined)?.token,
  };
}

/** Where proxies connect: as the control plane says, with this machine in place of "everywhere". */
async function addressOf(invocation: Invocation, session: Session): Promise<RunOptions['controlPlane']> {
  const told = session.xds ?? ((await new Client(invocation).weft('status')) as { readonly xdsAddress: string }).xdsAddress;
  const at = told.lastIndexOf(':');
  const host = told.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  const here = new URL(session.url).hostname.replace(/^\[(.*)\]$/, '$1');
  return { host: host === '0.0.0.0' || host === '::' ? here : host, port: Number(told.slice(at + 1)) };
}
