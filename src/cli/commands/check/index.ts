// weft check: is anything wrong, where, and what to do about it. `--pre` looks at this machine before there is a mesh.
import type { Severity } from '../../../base/index.ts';
import { parseDuration } from '../../../model/index.ts';
import { kubeFlags } from '../../client/kube.ts';
import { type CommandModule, type Invocation, type Options, text } from '../../command.ts';
import { CommandError, EXIT, type ExitCode, usageError } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { Progress } from '../../text/progress.ts';
import { atThreshold, readThreshold } from '../../text/threshold.ts';
import { valueFlags } from '../install/given.ts';
import { found, type Section } from './line.ts';
import { liveSections } from './live.ts';
import { reportText, shortText } from './text.ts';

const FORMS = ['table', 'wide', 'short', 'json', 'yaml'] as const;
const AGAIN_MS = 1000;

export const command: CommandModule = {
  declare(declared) {
    valueFlags(kubeFlags(declared))
      .option('--pre', 'look at this machine alone: what `weft up` and `weft run` need')
      .option('--kubernetes', 'with --pre: look at the kube cluster of KUBECONFIG instead, before `weft install`')
      .option('--wait <duration>', 'look again until nothing is wrong, for so long: 30s, 5m')
      .option('--threshold <level>', 'exit code 79 when a finding is at least this: error, warning or info', 'warning')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const threshold = readThreshold(options['threshold']);
    const look = lookOf(options);
    const sections = await until(invocation, { look, threshold, waitMs: readWait(text(options, 'wait')) });
    invocation.io.out(await outputOf(invocation, sections, form));
    return bad(sections, threshold) ? EXIT.findings : EXIT.ok;
  },
};

function lookOf(options: Options): Looking['look'] {
  const kubernetes = options['kubernetes'] === true;
  if (!kubernetes && (options['kubeconfig'] !== undefined || options['kubeContext'] !== undefined))
    throw usageError('--kubeconfig and --kube-context are given with --pre --kubernetes');
  const stray = ['values', 'set', 'revision'].find((name) => options[name] !== undefined);
  if (!kubernetes && stray !== undefined) throw usageError(`--${stray} is given with --pre --kubernetes: it says what would be installed`);
  if (kubernetes && options['pre'] !== true) throw usageError('--kubernetes is given with --pre: a running mesh is looked at by weft check alone');
  if (kubernetes) return async (invocation) => (await import('./kubernetes/index.ts')).kubernetesSections(invocation, options);
  return options['pre'] === true ? preSections : liveSections;
}

const preSections = async (invocation: Invocation): Promise<readonly Section[]> => (await import('./pre/index.ts')).preSections(invocation);

function readWait(value: string | undefined): number {
  if (value === undefined) return 0;
  const ms = parseDuration(value);
  if (ms === undefined) throw usageError(`--wait ${value}: write how long, for example 30s or 5m`);
  return ms;
}

function bad(sections: readonly Section[], threshold: Severity): boolean {
  return found(sections).some(({ severity }) => atThreshold(severity, threshold));
}

interface Looking {
  readonly look: (invocation: Invocation) => Promise<readonly Section[]>;
  readonly threshold: Severity;
  readonly waitMs: number;
}

const isAway = (error: unknown): error is CommandError => error instanceof CommandError && (error.code satisfies ExitCode) === EXIT.unreachable;

/** What was found at last. Throws what looking throws when there is no time left. */
async function until(invocation: Invocation, { look, threshold, waitMs }: Looking): Promise<readonly Section[]> {
  const { io, flags } = invocation;
  const progress = new Progress(io, flags.quiet);
  const end = performance.now() + waitMs;
  try {
    for (;;) {
      progress.say('looking');
      const left = end - performance.now();
      try {
        const sections = await look(invocation);
        if (left <= 0 || !bad(sections, threshold)) return sections;
        progress.say(`${found(sections).length} findings: looking again`);
      } catch (error) {
        if (left <= 0 || !isAway(error)) throw error;
        progress.say('the control plane is away: looking again');
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(AGAIN_MS, Math.max(0, left))));
    }
  } finally {
    progress.end();
  }
}

async function outputOf(invocation: Invocation, sections: readonly Section[], form: (typeof FORMS)[number]): Promise<string> {
  if (form === 'json' || form === 'yaml') return valueText({ ok: found(sections).every(({ severity }) => severity === 'info'), sections }, form);
  return form === 'short' ? shortText(invocation, sections) : reportText(invocation, sections, form === 'wide');
}
