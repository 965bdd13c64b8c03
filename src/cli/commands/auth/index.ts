// weft auth: who am I, and may I. The questions are Kubernetes' reviews, so `kubectl auth` asks the same.
import { kindByWord } from '../../../policy/index.ts';
import { Client } from '../../client/client.ts';
import { type CommandModule, type Invocation, words } from '../../command.ts';
import { EXIT, type ExitCode, usageError } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';

type Form = 'text' | 'json' | 'yaml';

export const command: CommandModule = {
  declare(declared) {
    declared
      .usage('whoami  |  can-i VERB TYPE[/NAME] [flags]')
      .addArgument(declared.createArgument('<action>', 'what to ask').choices(['whoami', 'can-i']))
      .argument('[words...]', 'for can-i: a verb (get, list, create, update, patch, delete) and a type of document, or proxies, records, explanations …')
      .option('-A, --all-namespaces', 'in all namespaces')
      .option('-o, --output <form>', 'json or yaml');
  },

  async run(invocation, [action, rest], options) {
    const form = readOutput(options['output'], ['text', 'json', 'yaml'] as const, 'text');
    if (action === 'whoami') return whoami(invocation, form);
    const [verb, type, ...more] = words(rest);
    if (verb === undefined || type === undefined || more.length > 0)
      throw usageError('weft auth can-i VERB TYPE[/NAME], for example: weft auth can-i delete httproutes');
    return canI(invocation, form, { verb, type, everywhere: options['allNamespaces'] === true });
  },
};

async function whoami(invocation: Invocation, form: Form): Promise<ExitCode> {
  const review = (await new Client(invocation).ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {})) as {
    readonly status: { readonly userInfo: { readonly username: string; readonly groups: readonly string[] } };
  };
  const { username, groups } = review.status.userInfo;
  invocation.io.out(form === 'text' ? `${username}   groups ${groups.join(', ')}\n` : await valueText({ username, groups }, form));
  return EXIT.ok;
}

interface Question {
  readonly verb: string;
  readonly type: string;
  readonly everywhere: boolean;
}

async function canI(invocation: Invocation, form: Form, { verb, type, everywhere }: Question): Promise<ExitCode> {
  const [word = '', ...names] = type.split('/');
  const kind = kindByWord(word);
  // What is no document is Weft's own: proxies, proxies/config, explanations, records, bans, auditrecords, usertokens, jointokens.
  const resource = kind === undefined ? { group: 'weft.dev', resource: type, name: '' } : { group: kind.group, resource: kind.plural, name: names.join('/') };
  const namespace = everywhere || kind?.namespaced === false ? '' : invocation.namespace;
  const spec = { resourceAttributes: { verb, ...resource, namespace } };
  const { status } = (await new Client(invocation).ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec })) as {
    readonly status: { readonly allowed: boolean; readonly reason?: string };
  };
  if (form === 'text') invocation.io.out(`${status.allowed ? 'yes' : 'no'}${status.reason === undefined ? '' : `   ${status.reason}`}\n`);
  else invocation.io.out(await valueText(status, form));
  return status.allowed ? EXIT.ok : EXIT.failed;
}
