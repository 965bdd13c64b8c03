// The pages of docs/reference, made of what the commands themselves print.
import { byCodeUnit } from '../base/index.ts';
import { DIAGNOSTICS, type DiagnosticKind, type KindDefinition } from '../model/index.ts';
import { KINDS, POLICIES } from '../policy/index.ts';
import { type Field, fieldsOf } from './commands/docs/kind-fields.ts';

const MADE = '<!-- made by `npm run docs`: do not edit -->';

/** File names and contents, the same for the same tables. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['diagnostics.md', diagnosticsPage()],
    ['kinds.md', await kindsPage()],
  ]);
}

const AREAS: readonly (readonly [prefix: RegExp, title: string])[] = [
  [/^WEFT10/, 'Text and files'],
  [/^WEFT12/, 'Fields'],
  [/^WEFT13/, 'References'],
  [/^WEFT14/, 'Attachment and precedence'],
  [/^WEFT15/, 'Proxies'],
  [/^WEFT16/, 'Gateways'],
  [/^WEFT17/, 'Discovery'],
  [/^WEFT18/, 'Policies'],
  [/^WEFT19/, 'Documents together'],
  [/^WEFT/, 'Others'],
];

function diagnosticsPage(): string {
  const kinds = [...Object.entries(DIAGNOSTICS)].sort(([a], [b]) => byCodeUnit(a, b));
  const sections = AREAS.map(([prefix, title], at) => {
    const own = kinds.filter(([code]) => prefix.test(code) && !AREAS.slice(0, at).some(([before]) => before.test(code)));
    return own.length === 0 ? '' : `## ${title}\n\n${own.map(codeText).join('\n')}`;
  });
  const head = `# Diagnostics\n\n${MADE}\n\nEvery code Weft can say, what it means, and what to do. \`weft docs CODE\` prints the same. An error refuses the document (or, where it is about other documents, leaves out what cannot work and says so in its status); a warning says that something has no effect or hardly can be meant; an info is worth knowing.\n`;
  return `${[head, ...sections.filter((each) => each !== '')].join('\n')}`;
}

function codeText([code, { severity, title, docs, hint }]: readonly [string, DiagnosticKind]): string {
  return `### ${code}\n\n**${title}** (${severity}). ${docs}\n\n→ ${hint}\n`;
}

async function kindsPage(): Promise<string> {
  const list = KINDS.map((kind) => `- [${kind.kind}](#${kind.kind.toLowerCase()}): ${kind.summary}`).join('\n');
  const sections = await Promise.all(KINDS.map(kindText));
  return `# Kinds\n\n${MADE}\n\nWhat may be written in each kind of document; \`weft docs KIND\` prints the same, \`weft docs KIND.FIELD\` a part of it. Paths stand below \`spec\`.\n\n${list}\n\n${sections.join('\n')}`;
}

async function kindText(kind: KindDefinition): Promise<string> {
  const fields = await fieldsOf(kind);
  const names = [kind.plural, ...kind.shortNames].map((name) => `\`${name}\``).join(', ');
  const policy = POLICIES.find((each) => each.kind === kind);
  const targets =
    policy === undefined
      ? ''
      : ` Targets: ${policy.targets.join(', ')}${fields.some((field) => field.path === 'selector') ? ', or workloads by selector' : ''}.`;
  const rows = fields.map(row).join('\n');
  const table = rows === '' ? '' : `\n| field | type | notes |\n|---|---|---|\n${rows}\n`;
  return `## ${kind.kind}\n\n\`${kind.apiVersion}\`, ${kind.namespaced ? 'in a namespace' : 'of the whole mesh'}, in commands ${names}. ${kind.summary}${targets}\n${table}`;
}

function row({ path, type, required, notes }: Field): string {
  const words = [...(required ? ['required'] : []), ...(notes === '' ? [] : [notes])].join('; ');
  return `| \`${path}\` | ${type} | ${words.replaceAll('|', '\\|')} |`;
}
