// weft bug-report: what somebody else needs to see of a mesh, in one file, without its secrets.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Client } from '../../client/client.ts';
import { type CommandModule, type Invocation, repeated, text, texts } from '../../command.ts';
import { CommandError, EXIT, usageError } from '../../exit.ts';
import { Progress } from '../../text/progress.ts';
import { type Part, type PartFile, partsOf } from './parts.ts';
import { Redactor, secretValues } from './redact.ts';
import { type ReportFile, tarOf } from './tar.ts';

const LOG_BYTES = 2 * 1024 * 1024;

export const command: CommandModule = {
  declare(declared) {
    declared
      .option('-f, --file <file>', 'where to: a name that ends with .tar.gz, or a folder', 'weft-report.tar.gz')
      .option('--proxy <namespace/name>', 'with the whole configuration of this proxy; may be repeated', repeated)
      .option('--log <file>', 'with the end of this log; may be repeated', repeated);
  },

  async run(invocation, _args, options) {
    const file = text(options, 'file') ?? 'weft-report.tar.gz';
    const proxies = texts(options, 'proxy');
    const wrong = proxies.find((each) => !/^[^/]+\/[^/]+$/.test(each));
    if (wrong !== undefined) throw usageError(`--proxy ${wrong}: write NAMESPACE/NAME, as \`weft proxies\` lists them`);
    const parts = [...partsOf({ invocation, client: new Client(invocation), proxies }), ...texts(options, 'log').map(logPart)];
    const { files, missing } = await gathered(invocation, parts);
    const report = redacted(invocation, files, missing);
    write(file, report, invocation.io.now());
    tell(invocation, { file, report, missing });
    return EXIT.ok;
  },
};

const logPart = (path: string): Part => ({
  what: `log ${path}`,
  get: async () => {
    const bytes = readFileSync(path);
    return [{ name: `logs/${path.replace(/[^\w.-]+/g, '_').slice(-80)}`, value: bytes.subarray(-LOG_BYTES).toString('utf8') }];
  },
});

interface Missing {
  readonly what: string;
  readonly why: string;
}

interface Gathered {
  readonly files: readonly PartFile[];
  readonly missing: readonly Missing[];
}

async function gathered({ io, flags }: Invocation, parts: readonly Part[]): Promise<Gathered> {
  const progress = new Progress(io, flags.quiet);
  const files: PartFile[] = [];
  const missing: Missing[] = [];
  for (const [at, { what, get }] of parts.entries()) {
    progress.say(`${at + 1} of ${parts.length}  ${what}`);
    try {
      files.push(...(await get()));
    } catch (error) {
      if (error instanceof CommandError && error.code === EXIT.unreachable) throw error;
      missing.push({ what, why: (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '' });
    }
  }
  progress.end();
  return { files, missing };
}

/** Texts that are secrets by themselves: what signs this command in, and what stands in Secrets. */
function known({ io }: Invocation, files: readonly PartFile[]): readonly string[] {
  const secrets = files.find(({ name }) => name === 'documents/secrets.json')?.value as { readonly items?: readonly unknown[] } | undefined;
  return [
    ...secretValues(secrets?.items ?? []),
    ...Object.entries(io.env).flatMap(([name, value]) => (/TOKEN|SECRET|PASSW|_KEY$/i.test(name) && value ? [value] : [])),
  ];
}

function redacted(invocation: Invocation, files: readonly PartFile[], missing: readonly Missing[]): readonly ReportFile[] {
  const redactor = new Redactor(known(invocation, files));
  // Once more as text: what is known is found there also where it is escaped, or the name of something.
  const clean = files.map(({ name, value }): ReportFile => {
    const text = typeof value === 'string' ? redactor.text(value) : redactor.scrub(`${JSON.stringify(redactor.value(value), null, 2)}\n`);
    return { name: redactor.text(name), text };
  });
  const contents = {
    made: new Date(invocation.io.now()).toISOString(),
    files: clean.map(({ name, text }) => ({ name, bytes: Buffer.byteLength(text) })),
    leftOut: [...missing, { what: 'what Secrets say, keys, tokens, passwords', why: `taken out in ${redactor.taken} places` }],
  };
  return [{ name: 'contents.json', text: redactor.scrub(`${JSON.stringify(contents, null, 2)}\n`) }, ...clean];
}

function write(file: string, report: readonly ReportFile[], now: number): void {
  if (/\.(tar\.gz|tgz)$/.test(file)) {
    writeFileSync(file, gzipSync(tarOf(report, Math.floor(now / 1000))), { mode: 0o600 });
    return;
  }
  for (const { name, text } of report) {
    const path = join(file, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600 });
  }
}

function tell(
  { io, paint }: Invocation,
  { file, report, missing }: { readonly file: string; readonly report: readonly ReportFile[]; readonly missing: readonly Missing[] },
): void {
  const bytes = report.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  io.out(`${paint('green', '✔')} ${file}   ${report.length} files, ${Math.ceil(bytes / 1024)} KiB; what is in it: contents.json\n`);
  for (const { what, why } of missing) io.out(`${paint('yellow', '‼')} without ${what}: ${why}\n`);
  io.out('  secrets, keys and tokens were taken out; names, addresses and paths of requests are in it: look before you send it\n');
}
