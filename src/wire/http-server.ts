import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { WeftError } from '../base/index.ts';
import { listenFailure } from './errors.ts';

export interface HttpLimits {
  readonly bodyBytes: number;
  /** How long a client may take to send one request. Answers may take as long as they want (watches). */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly maxConnections: number;
  readonly urlBytes: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  bodyBytes: 1024 * 1024,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  maxConnections: 1_000,
  urlBytes: 4_096,
};

export interface HttpServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Adds routes and hooks to the instance, before it listens. May replace the error and not-found answers. */
  routes(app: FastifyInstance): void | Promise<void>;
  readonly limits?: Partial<HttpLimits>;
  /** Told of exceptions that are neither a WeftError nor a refusal of the framework: bugs, answered with 500 and no details. */
  readonly onBug?: (path: string, error: unknown) => void;
}

export interface HttpServer {
  readonly port: number;
  readonly url: string;
  /** Stops listening, closes idle connections, lets answers finish for at most `graceMs`, then cuts. */
  close(graceMs: number): Promise<void>;
}

/**
 * An HTTP/1.1 server with limits and with errors as Kubernetes `Status` objects. Throws WeftError `address-in-use` when the
 * port cannot be had.
 */
export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  const limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const app = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: { maxParamLength: limits.urlBytes },
    http: { maxHeaderSize: 16 * 1024 },
    logger: false,
  });
  app.server.maxConnections = limits.maxConnections;
  app.setErrorHandler((error, request, reply) =>
    reply.code(httpStatusOf(error)).send(status(error, () => options.onBug?.(`${request.method} ${request.url}`, error))),
  );
  app.setNotFoundHandler((request, reply) => reply.code(404).send(statusObject(404, 'NotFound', `no such path: ${request.method} ${request.url}`)));
  await options.routes(app);
  await listen(app, options);
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    port,
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    close: async (graceMs) => {
      const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
      await app.close();
      clearTimeout(cut);
    },
  };
}

async function listen(app: FastifyInstance, options: HttpServerOptions): Promise<void> {
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    throw listenFailure(options.host, options.port, error as Error);
  }
}

/** Reasons of Kubernetes' API conventions by HTTP status. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function httpStatusOf(error: unknown): number {
  if (error instanceof WeftError) return error.class.http;
  const code = (error as FastifyError).statusCode;
  return code !== undefined && code >= 400 && code < 500 ? code : 500;
}

function status(error: unknown, onBug: () => void): unknown {
  const code = httpStatusOf(error);
  if (error instanceof WeftError) return statusObject(code, REASONS[code] ?? 'InternalError', error.message, { ...error.details, code: error.code });
  if (code < 500) return statusObject(code, REASONS[code] ?? 'BadRequest', (error as Error).message);
  onBug();
  return statusObject(500, 'InternalError', 'internal error');
}

function statusObject(code: number, reason: string, message: string, details?: unknown): unknown {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...(details === undefined ? {} : { details }), code };
}
