// What must not outlive `weft run`, however it ends. A tiny shell process in a session of its own waits at a pipe from us; when the
// pipe closes (also by SIGKILL, or the kernel out of memory), it ends our processes and everything in our network namespaces, and removes the folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

// A namespace's processes are found by its inode: it catches what an application forked and forgot, which no process group does.
const SCRIPT = `
trap '' INT TERM HUP QUIT
pids= groups= nets= folder=
without() { for one in $1; do [ "$one" = "$2" ] || printf ' %s' "$one"; done; }
while read -r word value; do
  case $word in
    pid) pids="$pids $value" ;;
    group) groups="$groups $value" ;;
    net) nets="$nets $value" ;;
    folder) folder=$value ;;
    forget) pids=$(without "$pids" "$value"); groups=$(without "$groups" "$value") ;;
  esac
done
for round in 1 2 3 4 5 6 7 8 9 10; do
  left=
  for one in $pids; do kill -KILL "$one" 2>/dev/null; done
  for one in $groups; do kill -KILL "-$one" 2>/dev/null; done
  for net in $nets; do
    inside=$(ls -l /proc/[0-9]*/ns/net 2>/dev/null | sed -n "s#^.* /proc/\\([0-9]*\\)/ns/net -> net:\\[$net\\]\\$#\\1#p")
    [ -z "$inside" ] || { left=1; kill -KILL $inside 2>/dev/null; }
  done
  [ -n "$left" ] || break
  sleep 0.1
done
[ -z "$folder" ] || rm -rf -- "$folder"
`;

/** Clock tick at which a process started (proc(5), stat field 22): with the pid it names one process for ever. Undefined when it is gone. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Number of the network namespace a process stands in, or undefined. */
export function netOf(pid: number): string | undefined {
  try {
    return /\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1];
  } catch {
    return undefined;
  }
}

export class Janitor {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  /** Starts it. Everything told to it is ended, and `folder` removed, when this process dies or calls `close`. */
  static open(folder: string): Janitor {
    const child = spawn('/bin/sh', ['-c', SCRIPT, 'weft-janitor'], { detached: true, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] });
    child.on('error', () => {});
    child.stdin?.on('error', () => {});
    child.unref();
    const janitor = new Janitor(child, folder);
    janitor.#say(`folder ${folder}`);
    return janitor;
  }

  #say(line: string): void {
    if (this.#child.stdin?.writable === true) this.#child.stdin.write(`${line}\n`);
  }

  /** A process of ours; `group` when it leads a process group of its own. Forgotten when it ends, before its number can be given away. */
  watch(child: ChildProcess, kind: 'pid' | 'group'): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#say(`${kind} ${pid}`);
    // for the sweep of a later run, should somebody kill the janitor as well
    appendFileSync(join(this.#folder, 'processes'), `${pid} ${startOf(pid) ?? ''}\n`);
    child.once('exit', () => this.#say(`forget ${pid}`));
  }

  /** Everything that will stand in this network namespace, whoever started it. Never the namespace this process is in. */
  watchNet(inode: string): void {
    if (inode !== netOf(process.pid)) this.#say(`net ${inode}`);
  }

  /**
   * The ordinary end goes the same way: the pipe closes, and the janitor ends what an application left behind in its namespace and
   * removes the folder. Waits for it, at most 5 s.
   */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) return resolve();
      const timer = setTimeout(resolve, 5000);
      this.#child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#child.ref();
      this.#child.stdin?.end();
    });
  }
}
