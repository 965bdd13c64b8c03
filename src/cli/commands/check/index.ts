// weft check: is anything wrong, and where. One screen: the control plane, the mesh, and what documents say together.
import { type CaView, diagnosticOf, type FindingsView, type ProxyView } from '../../../api/index.ts';
import type { Diagnostic } from '../../../base/index.ts';
import { Client } from '../../client/client.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { diagnosticText } from '../../text/diagnostics.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { oneLine } from '../../text/plain.ts';
import { atThreshold, readThreshold } from '../../text/threshold.ts';
import type { ControlPlaneStatus } from '../status/view.ts';
import { authorityMarks, type Mark, planeMarks, proxyMarks } from './marks.ts';

const FORMS = ['table', 'wide', 'json', 'yaml'] as const;

export const command: CommandModule = {
  declare(declared) {
    declared
      .option('--threshold <level>', 'exit code 79 when a finding is at least this: error, warning or info', 'warning')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const threshold = readThreshold(options['threshold']);
    const client = new Client(invocation);
    const { namespace } = invocation.flags;
    const only = namespace === undefined ? '' : `?namespace=${encodeURIComponent(namespace)}`;
    // who may not see the roots is told the rest
    const roots = client.weft('ca').catch(() => undefined);
    const asked = [client.weft('status'), roots, client.weft(`proxies${only}`), client.weft(`findings${only}`)];
    const [status, ca, proxies, findings] = await Promise.all(asked);
    const seen: Seen = {
      status: status as ControlPlaneStatus,
      ca: ca as CaView | undefined,
      proxies: (proxies as { readonly items: readonly ProxyView[] }).items,
      findings: (findings as FindingsView).items.flatMap((each) => (each.section === 'documents' ? (diagnosticOf(each) ?? []) : [])),
    };
    const sections = sectionsOf(invocation, seen);
    invocation.io.out(
      form === 'json' || form === 'yaml' ? await valueText({ sections, findings: seen.findings }, form) : text(invocation, sections, seen, form === 'wide'),
    );
    return codeOf(sections, seen, threshold);
  },
};

interface Seen {
  readonly status: ControlPlaneStatus;
  readonly ca: CaView | undefined;
  readonly proxies: readonly ProxyView[];
  readonly findings: readonly Diagnostic[];
}

interface Section {
  readonly name: string;
  readonly marks: readonly Mark[];
}

function sectionsOf({ io }: Invocation, { status, ca, proxies, findings }: Seen): readonly Section[] {
  const count = (severity: Diagnostic['severity']): number => findings.filter((each) => each.severity === severity).length;
  const said = [
    ...(count('error') > 0 ? [{ level: 'error', text: plural(count('error'), 'error') } as const] : []),
    ...(count('warning') > 0 ? [{ level: 'warning', text: plural(count('warning'), 'warning') } as const] : []),
  ];
  return [
    { name: 'control plane', marks: [...planeMarks(status, io.now()), ...authorityMarks(ca, io.now())] },
    { name: 'mesh', marks: proxyMarks(proxies) },
    { name: 'traffic', marks: said.length === 0 ? [{ level: 'ok', text: 'nothing to say against the documents' }] : said },
  ];
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
const SIGN = { ok: '✔', warning: '‼', error: '×' } as const;
const STYLE = { ok: 'green', warning: 'yellow', error: 'red' } as const;

function text(invocation: Invocation, sections: readonly Section[], { findings }: Seen, wide: boolean): string {
  const { paint } = invocation;
  const width = Math.max(...sections.map((section) => section.name.length));
  const lines = sections.map(
    ({ name, marks }) =>
      `${paint('bold', name.padEnd(width))}   ${marks.map(({ level, text: said }) => paint(STYLE[level], `${SIGN[level]} ${said}`)).join('   ')}\n`,
  );
  const below = findings.map((each) => (wide ? diagnosticText(invocation, each, '  ') : shortText(invocation, each)));
  return [...lines, ...below].join('');
}

/** What is wrong, and where to look: one line. */
function shortText({ paint }: Invocation, { severity, code, message, at }: Diagnostic): string {
  const place =
    at.file === undefined ? `${at.kind} ${at.namespace === '' ? '' : `${at.namespace}/`}${at.name}` : `${at.file}${at.line === undefined ? '' : `:${at.line}`}`;
  return `  ${paint(severity === 'error' ? 'red' : 'yellow', severity === 'error' ? SIGN.error : SIGN.warning)} ${code}  ${oneLine(message)} → ${place}\n`;
}

function codeOf(sections: readonly Section[], { findings }: Seen, threshold: Diagnostic['severity']): ExitCode {
  const marks = sections.flatMap((section) => section.marks).filter((mark) => mark.level !== 'ok');
  const found = [...findings, ...marks.map((mark) => ({ severity: mark.level as Diagnostic['severity'] }))];
  return found.some((each) => atThreshold(each.severity, threshold)) ? EXIT.findings : EXIT.ok;
}
