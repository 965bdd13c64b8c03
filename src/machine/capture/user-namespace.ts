// What both modes for an ordinary user have in common: a user namespace of one's own, and an application that keeps its user id in it.
import { attempt, type Command, within } from '../command.ts';
import { missingTools, tool } from './tools.ts';

/** The command that enters the user and network namespace of a process. Credentials are kept: setgroups is forbidden in there. */
export function enterOf(pid: number): readonly string[] {
  return [tool('nsenter'), '-t', String(pid), '-U', '-n', '--preserve-credentials', '--'];
}

/** The user that called us, without privileges over the namespace, and gone when we are. */
function asCaller(): readonly string[] {
  const uid = process.getuid?.() ?? 0; // not os.userInfo: a container's user may have no entry in passwd
  const gid = process.getgid?.() ?? 0;
  // setpriv is innermost, because the kernel forgets the parent-death signal when credentials change
  return [tool('unshare'), '-U', `--map-user=${uid}`, `--map-group=${gid}`, '--', tool('setpriv'), '--pdeathsig', 'KILL', '--'];
}

/** The application inside the namespaces of a process. */
export function applicationIn(pid: number, command: Command): Command {
  return within([...enterOf(pid), ...asCaller()], command);
}

/** What speaks against user namespaces with capture inside; empty when one with nft works. */
export async function missingUserNamespace(): Promise<readonly string[]> {
  const tools = missingTools(['unshare', 'nsenter', 'setpriv', 'ip', 'nft']);
  if (tools.length > 0) return tools;
  const plain = await attempt({ file: tool('unshare'), args: ['-Urn', 'true'] });
  if (!plain.done) return [`an ordinary user may not make user namespaces here: ${plain.words}\n${userNamespaceRemedy}`];
  const filtered = await attempt({
    file: tool('unshare'),
    args: ['-Urn', tool('nft'), 'add table inet weft { chain c { type nat hook output priority -100; tcp dport 1 redirect to :1; }; }'],
  });
  if (!filtered.done) return [`nft cannot redirect in a user namespace: ${filtered.words}\n  are the kernel modules nf_tables and nft_redir there?`];
  const nested = await attempt(within([tool('unshare'), '-Urn', '--', ...asCaller()], { file: 'true', args: [] }));
  return nested.done
    ? []
    : [`an application cannot keep its user in a user namespace here: ${nested.words}\n  BusyBox's unshare and setpriv are not enough: install util-linux`];
}

const userNamespaceRemedy =
  '  Ubuntu 24.04 and later: sysctl kernel.apparmor_restrict_unprivileged_userns=0; Debian: sysctl kernel.unprivileged_userns_clone=1; in a container: allow unshare(CLONE_NEWUSER)';
