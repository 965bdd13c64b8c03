import type { FastifyInstance } from 'fastify';
import type { TlsPair } from '../wire/index.ts';
import type { TokenAuthenticator } from './authentication.ts';
import type { ClientCertificates } from './client-certificates.ts';
import type { FloodLimits } from './flood.ts';
import type { Intake } from './intake.ts';
import type { ManagePorts } from './ports.ts';

export interface ApiOptions {
  readonly ports: ManagePorts;
  /** See `adminToken`. */
  readonly token: string;
  /** Further ways to prove who asks, beside the admin token and tokens of users. */
  readonly authenticators?: readonly TokenAuthenticator[];
  /** Certificates by which clients of HTTPS may sign in instead of with a token. */
  readonly clientCertificates?: ClientCertificates;
  /** Default 127.0.0.1: only this machine. */
  readonly host?: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Names under which the API may be asked, beside addresses and localhost. */
  readonly allowedHosts?: readonly string[];
  /** With it the same port also answers HTTPS, which kubectl needs: it sends no token over plain HTTP. */
  readonly tls?: TlsPair;
  readonly flood?: Partial<FloodLimits>;
  /** The one way in for documents; one of its own when it is not shared with others that write. */
  readonly intake?: Intake;
  /** Folder with the built files of the dashboard; without it only programs are answered. */
  readonly pageFolder?: string;
  /** Adds routes, each with `config: { permission }`. Host and Origin are checked for them too. */
  readonly publicRoutes?: (app: FastifyInstance) => void;
}
