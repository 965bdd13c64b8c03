// The files of the dashboard, as they were built: read once, sent as they are or as they were packed. Nothing of them is secret; what they show they ask
// the API for. Names in assets/ carry a digest of the content, so browsers keep them for good; every other path that a person opens is the one page.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { manageError } from './errors.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** No inline script or style, nothing from elsewhere, no frame around it. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PACKED = { br: '.br', gzip: '.gz' } as const;
type Packing = keyof typeof PACKED;

interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly packed: Partial<Readonly<Record<Packing, Buffer>>>;
}

function readFile(folder: string, name: string): PageFile {
  const plain = readFileSync(join(folder, name));
  const packed = Object.entries(PACKED).flatMap(([packing, ending]) => {
    const file = join(folder, name + ending);
    return existsSync(file) ? [[packing, readFileSync(file)] as const] : [];
  });
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  return { type: TYPES[extname(name)] ?? 'application/octet-stream', etag, plain, packed: Object.fromEntries(packed) };
}

/** What is there, by path below the folder. */
function readFolder(folder: string): ReadonlyMap<string, PageFile> {
  if (!existsSync(join(folder, 'index.html'))) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  return new Map(names.filter((name) => TYPES[extname(name)] !== undefined).map((name) => [name, readFile(folder, name)]));
}

const NOT_BUILT = 'the dashboard was not built: `npm run setup` does it, then start the control plane again; the API and the command line work without it\n';

/** The packing that the client asks for; brotli first. */
function packingOf({ headers }: FastifyRequest, { packed }: PageFile): Packing | undefined {
  const accepted = String(headers['accept-encoding'] ?? '')
    .split(',')
    .filter((each) => !/;\s*q=0(\.0*)?\s*$/.test(each))
    .map((each) => each.split(';', 1)[0]?.trim());
  return (['br', 'gzip'] as const).find((each) => accepted.includes(each) && packed[each] !== undefined);
}

function send(request: FastifyRequest, reply: FastifyReply, file: PageFile, kept: boolean): FastifyReply {
  reply
    .header('cache-control', kept ? 'public, max-age=31536000, immutable' : 'no-cache')
    .header('content-security-policy', PAGE_POLICY)
    .header('vary', 'accept-encoding')
    .header('etag', file.etag);
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  const packing = packingOf(request, file);
  if (packing !== undefined) reply.header('content-encoding', packing);
  return reply.header('content-type', file.type).send(packing === undefined ? file.plain : file.packed[packing]);
}

/** A person opened it, not a program: then what is no file is a page. */
const opened = ({ headers }: FastifyRequest): boolean => String(headers.accept ?? '').includes('text/html');

/** Adds the routes of the dashboard's files. They are for everybody; where they were not built, a page says how. */
export function pageFiles(app: FastifyInstance, folder: string): void {
  const files = readFolder(folder);
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const name = (request.params as { readonly '*'?: string })['*'] ?? '';
    const file = files.get(name);
    if (file !== undefined && name !== '') return send(request, reply, file, name.startsWith('assets/'));
    const page = files.get('index.html');
    if (name !== '' && (!opened(request) || name.startsWith('assets/'))) throw manageError('not-found', `there is nothing at /${name}`);
    if (page === undefined) return reply.code(503).header('content-type', 'text/plain; charset=utf-8').send(NOT_BUILT);
    return send(request, reply, page, false);
  };
  const config = { permission: { kind: 'public', why: 'the program that runs in the browser; it says nothing of this mesh' }, page: true } as const;
  app.get('/', { config }, answer);
  app.get('/*', { config }, answer);
}
