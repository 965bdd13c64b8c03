const STOPPING: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGQUIT', 'SIGALRM', 'SIGCONT'];
/** Those a terminal sends to every process of its foreground group, so that the application has heard them already. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set<NodeJS.Signals>(['SIGWINCH', 'SIGQUIT', 'SIGCONT']);

/** Signals of this process while a workload runs. The first SIGTERM or SIGINT asks to stop, the second one to stop at once. */
export class Signals {
  readonly #stop = new AbortController();
  readonly #now = new AbortController();
  readonly #listeners: [NodeJS.Signals, () => void][] = [];
  #passOn: (signal: NodeJS.Signals) => void = () => {};
  /** The one that asked to stop. */
  received: NodeJS.Signals | undefined;

  /** Begins to listen; `terminal` when the application shares our terminal. */
  static listen(terminal: boolean): Signals {
    const signals = new Signals();
    for (const signal of STOPPING) signals.#on(signal, () => signals.#asked(signal));
    for (const signal of PASSED_ON) {
      if (terminal && FROM_TERMINAL.has(signal)) continue;
      signals.#on(signal, () => signals.#passOn(signal));
    }
    return signals;
  }

  #on(signal: NodeJS.Signals, listener: () => void): void {
    process.on(signal, listener);
    this.#listeners.push([signal, listener]);
  }

  #asked(signal: NodeJS.Signals): void {
    const again = this.received !== undefined;
    this.received ??= signal;
    if (again) this.#now.abort();
    else this.#stop.abort();
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  get now(): AbortSignal {
    return this.#now.signal;
  }

  passTo(receiver: (signal: NodeJS.Signals) => void): void {
    this.#passOn = receiver;
  }

  close(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }
}

/** Resolves when the signal aborts, at once if it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
