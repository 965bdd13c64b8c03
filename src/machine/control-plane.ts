// The machine's side of the machine protocol: JSON over gRPC on the proxies' port, the control plane known by its root alone.
import { setTimeout as wait } from 'node:timers/promises';
import {
  CONTROL_PLANE_NAME,
  type JoinReply,
  JoinReplySchema,
  type JoinRequest,
  MACHINE_SERVICE,
  type RenewReply,
  RenewReplySchema,
  type ReportReply,
  ReportReplySchema,
  type ReportRequest,
  readJoinCredential,
} from '../api/index.ts';
import { WeftError } from '../base/index.ts';
import { fetchPinnedRoot, openGrpcClient, type UnaryOptions } from '../wire/index.ts';
import { machineError, wordsOf } from './errors.ts';

export interface ControlPlaneAddress {
  readonly host: string;
  readonly port: number;
}

/** What `weft run` asks of the control plane. Every method rejects with a WeftError; `class.retryable` says whether to try again. */
export interface MachineClient {
  /** `node`: token of the node that joins for the application. */
  join(request: JoinRequest, node?: string): Promise<JoinReply>;
  /** `trusts`: fingerprints of the roots that are stored here. */
  /** `now`: what this machine's clock says, epoch ms. */
  renew(token: string, trusts?: readonly string[], now?: number): Promise<RenewReply>;
  /** From the next call on the control plane is recognised by these roots. */
  trust(rootPem: string): void;
  report(token: string, report: ReportRequest, deadlineMs: number): Promise<ReportReply>;
  leave(token: string): Promise<void>;
  close(): void;
}

interface Schema<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false; readonly error: unknown };
}

/** A reply of the agreed shape. Throws when the control plane speaks another version of the protocol. */
function read<T>(schema: Schema<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw machineError('machine/join-refused', 'the control plane answers in a way this weft does not understand\n  use the same version of weft on both sides', {
    cause: result.error,
  });
}

function shown(text: string): { readonly token: string; readonly attestor?: string } {
  const credential = readJoinCredential(text);
  return credential.ok ? credential.value : { token: text };
}

const MAX_WAITS = 60;

/** Who is told to come back later (too many join from one address) has lost nothing and comes back. */
async function admitted<T>(attempt: () => Promise<T>): Promise<T> {
  for (let waits = 0; ; waits++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof WeftError) || error.class.grpc !== RESOURCE_EXHAUSTED || waits >= MAX_WAITS) throw error;
      await wait(1000 * (0.75 + Math.random() / 2));
    }
  }
}

const RESOURCE_EXHAUSTED = 8;

/** No call has a later deadline. */
const LONGEST_CALL_MS = 20_000;

const method = (name: string): string => `/${MACHINE_SERVICE}/${name}`;

/**
 * Connects to the control plane a join token leads to: its root is fetched and must have the token's fingerprint, so nobody
 * in between can pose as it. Throws `machine/join-refused` for a text that is no join token, `machine/unreachable` when nobody answers.
 */
export async function openMachineClient({ host, port }: ControlPlaneAddress, joinToken: string): Promise<MachineClient> {
  const claims = readJoinCredential(joinToken);
  if (!claims.ok) throw machineError('machine/join-refused', claims.error);
  const { fingerprint, others = [] } = claims.value;
  let rootPem = await fetchPinnedRoot({ host, port, fingerprint, others, serverName: CONTROL_PLANE_NAME }).catch((cause: unknown) => {
    throw cause instanceof WeftError && !cause.class.retryable
      ? machineError('machine/join-refused', wordsOf(cause), { cause })
      : machineError(
          'machine/unreachable',
          `the control plane at ${host}:${port} does not answer: ${wordsOf(cause)}\n  is \`weft up\` running there? --control-plane HOST:PORT names its port for proxies`,
          { cause },
        );
  });
  let client = openGrpcClient({ host, port, rootPem, serverName: CONTROL_PLANE_NAME });
  const call = (name: string, request: unknown, options: UnaryOptions): Promise<unknown> => client.call(method(name), request, options);
  return {
    // a join token works once: only a request that never left is sent again
    join: async (request, node) => {
      const { token, attestor } = shown(request.token);
      return read(
        JoinReplySchema,
        await admitted(() =>
          call(
            'Join',
            { ...request, token, ...(attestor === undefined ? {} : { attestor }) },
            { deadlineMs: 15_000, ...(node === undefined ? {} : { token: node }) },
          ),
        ),
      );
    },
    renew: async (token, trusts, now = Date.now()) =>
      read(RenewReplySchema, await call('Renew', { trusts, now }, { token, deadlineMs: 10_000, retry: { attempts: 1 } })),
    trust: (next) => {
      if (next === rootPem) return;
      const before = client;
      rootPem = next;
      client = openGrpcClient({ host, port, rootPem, serverName: CONTROL_PLANE_NAME });
      // calls that are under way end on the connection they began on
      setTimeout(() => before.close(), LONGEST_CALL_MS).unref();
    },
    report: async (token, report, deadlineMs) => read(ReportReplySchema, await call('Report', report, { token, deadlineMs, retry: { attempts: 1 } })),
    leave: async (token) => void (await call('Leave', {}, { token, deadlineMs: 2000, retry: { attempts: 1 } })),
    close: () => client.close(),
  };
}
