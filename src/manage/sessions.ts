// The gate in front of every route: who asks, and may they. What it found out is kept for the answer.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authentication } from './authentication.ts';
import type { Caller } from './caller.ts';
import type { Flood } from './flood.ts';
import { kubernetesAttributes, type Permission, weftWanted } from './permission.ts';
import { Permit } from './permit.ts';
import type { Attributes, Authorizer } from './rbac/index.ts';
import { type KubeTarget, type Query, readTarget } from './request.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of its caller. A route without it cannot be added. */
    readonly permission?: Permission;
    /** It changes something; the verb for the audit log. */
    readonly audit?: string;
    /** A person opens it in a window of its own, also from a link on another site. */
    readonly page?: true;
  }
}

export interface Session {
  readonly caller: Caller;
  readonly permit: Permit;
  /** Of a path of Kubernetes' shape. */
  readonly target: KubeTarget | undefined;
}

export interface CensusEntry {
  readonly method: string;
  readonly url: string;
  readonly permission: Permission;
}

export interface SessionsOptions {
  readonly authentication: Authentication;
  readonly authorizer: Authorizer;
  readonly flood: Flood;
}

export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new WeakMap<FastifyRequest, Session>();
  readonly census: CensusEntry[] = [];

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** For Fastify's onRoute. Throws for a route that says nothing of permission: default deny begins where routes are added. */
  added(route: { readonly method: string | readonly string[]; readonly url: string; readonly config?: { readonly permission?: Permission } }): void {
    const { method, url } = route;
    const permission = route.config?.permission;
    if (permission === undefined) throw new Error(`the route ${String(method)} ${url} says nothing of permission`);
    for (const each of [method].flat()) this.census.push({ method: each, url, permission });
  }

  /** Throws `unauthorized`, `forbidden` or 429. Before the body is read. */
  async enter(request: FastifyRequest): Promise<void> {
    const permission = request.routeOptions.config.permission;
    if (permission?.kind === 'public') return this.#options.flood.anybody();
    const caller = await this.#signIn(request);
    this.#options.flood.signedIn();
    const permit = new Permit(caller, this.#options.authorizer);
    this.#sessions.set(request, { caller, permit, target: undefined });
    const target = permission?.kind === 'kubernetes' ? readTarget(pathOf(request)) : undefined;
    this.#sessions.set(request, { caller, permit, target });
    const wanted = wantedOf(permission, target, request);
    if (wanted !== undefined) permit.require(wanted);
  }

  async #signIn(request: FastifyRequest): Promise<Caller> {
    try {
      return await this.#options.authentication.caller(request);
    } catch (error) {
      this.#options.flood.refused();
      throw error;
    }
  }

  /** Undefined when nobody signed in. */
  find(request: FastifyRequest): Session | undefined {
    return this.#sessions.get(request);
  }

  of(request: FastifyRequest): Session {
    const session = this.find(request);
    if (session === undefined) throw new Error('a route was answered without anybody having signed in');
    return session;
  }

  /** For Fastify's onSend: what a route would answer without having asked what it must ask stays inside. */
  leave(request: FastifyRequest, reply: FastifyReply): void {
    const permission = request.routeOptions.config.permission;
    if (permission?.kind !== 'asked' || reply.statusCode >= 400) return;
    if (!this.of(request).permit.asked) throw new Error(`${request.method} ${pathOf(request)} answered without asking what the caller may`);
  }
}

function wantedOf(permission: Permission | undefined, target: KubeTarget | undefined, request: FastifyRequest): Attributes | undefined {
  const query = request.query as Query;
  if (target !== undefined) return kubernetesAttributes(target, request.method, query);
  if (permission?.kind !== 'weft') return undefined;
  return weftWanted(permission, request.params as Readonly<Record<string, string>>, query);
}
