import type { Socket } from 'node:net';
import type { JoinRequest } from '../../api/index.ts';
import type { Command } from '../command.ts';
import type { Janitor } from '../janitor.ts';

export type CaptureMode = 'netns' | 'pasta' | 'relay' | 'explicit';

/** A TCP service an application wants to reach by a loopback port, where nothing is captured. */
export interface Upstream {
  readonly service: string;
  readonly port: number;
}

/** What every mode is given. */
export interface CaptureOrder {
  /** Folder of this run; Envoy reads and writes it. */
  readonly folder: string;
  /** Ports the application listens on. */
  readonly ports: readonly number[];
  /** Address of this host at which peers reach the proxy; loopback unless the user says otherwise. */
  readonly address: string;
  readonly controlPlane: { readonly host: string; readonly port: number };
  readonly upstreams: readonly Upstream[];
  readonly janitor: Janitor;
  /** Something the user should know, one line. */
  readonly tell: (line: string) => void;
}

/** A place where a socket listens, as the kernel lists it. */
export interface Listening {
  readonly address: string;
  readonly port: number;
}

/** A workload's surroundings, set up: how to start Envoy and the application in them, and how to look into them. */
export interface Captured {
  readonly mode: CaptureMode;
  /** `transparent (network namespace)`: for the line that announces the workload. */
  readonly words: string;
  readonly capture: JoinRequest['capture'];
  /** Address the inbound listener binds; '' when it is a pipe. */
  readonly bind: string;
  readonly hostLoopback: string;
  /** For each of `order.ports`, where the proxy accepts mutual TLS for it. */
  readonly proxyPorts: ReadonlyMap<number, number>;
  /** How Envoy reaches the control plane: `host:port` or `unix:/path`. */
  readonly xdsAddress: string;
  /** Who Envoy runs as when not as this process; the run folder must be theirs. */
  readonly envoyUser?: { readonly uid: number; readonly gid: number };
  readonly environment: Readonly<Record<string, string>>;
  envoy(command: Command): Command;
  application(command: Command): Command;
  /** A connection to the application's own port, from inside. The socket is paused: nothing has been read from it. */
  connect(port: number): Promise<Socket>;
  /** What listens inside; undefined where the system does not tell. */
  listening(): readonly Listening[] | undefined;
  /** Ends what was started. Never throws. */
  close(): Promise<void>;
}

/** One way of capturing. `missing` really tries what the mode needs, cheaply, and says what is wrong in words; empty when it can work. */
export interface CaptureWay {
  readonly mode: CaptureMode;
  missing(): Promise<readonly string[]>;
  prepare(order: CaptureOrder): Promise<Captured>;
}
