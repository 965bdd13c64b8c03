// weft describe: everything there is to say about a document, and what to do about it.
import type { FatesView } from '../../../api/index.ts';
import type { Diagnostic } from '../../../base/index.ts';
import { type Document, originOf } from '../../../model/index.ts';
import { kindOf } from '../../../policy/index.ts';
import { Client } from '../../client/client.ts';
import { readTargets } from '../../client/kinds.ts';
import { missingText } from '../../client/missing.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { ageSince } from '../../text/age.ts';
import { diagnosticText } from '../../text/diagnostics.ts';
import { bodyOf, complete, withoutSecrets } from '../../text/document.ts';
import { conditionsText } from './conditions.ts';
import { fatesOf, fatesSummary, lostFields, specWithFates } from './fates.ts';
import { fieldsText, pairs, sectionText } from './fields.ts';
import { gatewayText } from './gateway.ts';
import { serviceText } from './service.ts';
import { workloadText } from './workload.ts';

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('<type>', 'TYPE or TYPE/NAME')
      .argument('[names...]', 'names; without one, all of the namespace')
      .option('-l, --selector <labels>', 'those with these labels');
  },

  async run(invocation, [type, names], options) {
    const client = new Client(invocation);
    const texts: string[] = [];
    let code: ExitCode = EXIT.ok;
    for (const { kind, names: wanted } of readTargets([type as string, ...((names ?? []) as readonly string[])])) {
      const namespace = kind.namespaced ? invocation.namespace : '';
      const found = wanted.length > 0 ? [] : (await client.list({ kind, namespace, labels: options['selector'] as string | undefined })).items;
      for (const document of found) texts.push(await documentText(invocation, client, document));
      for (const { name, namespace: own = namespace } of wanted) {
        const document = await client.get({ kind, namespace: own }, name);
        if (document !== undefined) texts.push(await documentText(invocation, client, document));
        else {
          invocation.io.err(`error: ${await missingText(client, kind, own, name)}\n`);
          code = EXIT.failed;
        }
      }
    }
    if (texts.length === 0 && code === EXIT.ok) invocation.io.err(`No resources found in ${invocation.namespace} namespace.\n`);
    invocation.io.out(texts.join('\n\n'));
    return code;
  },
};

async function documentText(invocation: Invocation, client: Client, given: Document): Promise<string> {
  const document = complete(given);
  const now = invocation.io.now();
  const kind = kindOf(document.apiVersion, document.kind);
  const fates = kind === undefined ? undefined : await fatesOf(client, kind, document);
  return [
    headText(document, now),
    await bodyText(invocation, client, document, fates),
    fates === undefined || fates.fields.length === 0 ? '' : fieldsText([['Fields', fatesSummary(fates)]]),
    sectionText('Conditions', conditionsText(invocation, document, now)),
    sectionText('Diagnostics', (await diagnosticsOf(client, given)).map((each) => diagnosticText(invocation, each)).join('') || 'none\n'),
  ].join('');
}

function headText(document: Document, now: number): string {
  const { apiVersion, kind, metadata } = document;
  const { file, line } = originOf(document, '');
  const { generation = 0, resourceVersion = '', creationTimestamp = '' } = metadata;
  const annotations = Object.fromEntries(Object.entries(metadata.annotations).filter(([key]) => !key.startsWith('weft.dev/')));
  return fieldsText([
    ['Name', metadata.name],
    ...(metadata.namespace === '' ? [] : ([['Namespace', metadata.namespace]] as const)),
    ['Kind', `${kind} (${apiVersion})`],
    ['Labels', pairs(metadata.labels)],
    ['Annotations', pairs(annotations)],
    ['Written in', file === undefined ? 'no file: it came through the API' : `${file}${line === undefined ? '' : `:${line}`}`],
    ['Created', creationTimestamp === '' ? '' : `${creationTimestamp} (${ageSince(creationTimestamp, now)} ago)`],
    ['Generation', `${generation} (resourceVersion ${resourceVersion})`],
  ]);
}

async function bodyText(invocation: Invocation, client: Client, document: Document, fates: FatesView | undefined): Promise<string> {
  const lost = (): string => sectionText('Without effect', lostFields(invocation, fates));
  if (document.kind === 'Service') return `${await serviceText(client, document)}${lost()}`;
  if (document.kind === 'Gateway') return `${await gatewayText(client, document)}${lost()}`;
  if (document.kind === 'Workload') return `${await workloadText(invocation, client, document, invocation.io.now())}${lost()}`;
  const body = bodyOf(withoutSecrets(document));
  return sectionText('Spec', specWithFates(invocation, (body['spec'] ?? body) as object, fates));
}

/** What the control plane would say if the document were applied as it is: with codes and hints, which its status has no room for. */
async function diagnosticsOf(client: Client, document: Document): Promise<readonly Diagnostic[]> {
  const { diagnostics } = await client.apply([document], { dryRun: true, namespace: document.metadata.namespace ?? 'default' });
  return diagnostics;
}
