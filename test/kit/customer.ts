import { join } from 'node:path';
import type { Program, TestMesh } from './test-mesh.ts';

export interface Report {
  readonly requests: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Answers by their first two words (`checkout v1`), or by status and reason. */
export interface Tally {
  readonly counts: Readonly<Record<string, number>>;
  /** In the order of the requests; empty when there were more than 400. */
  readonly order: readonly string[];
  /** Of the answer that came last. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface Volley {
  readonly count: number;
  /** How many at a time; 1 unless said otherwise. */
  readonly width?: number;
  readonly url: string;
  /** `{n}` in a value is the number of the request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A meshed program that sends a load and answers questions: test/kit/customer.js behind its own sidecar. */
export class Customer {
  readonly program: Program;

  private constructor(program: Program) {
    this.program = program;
  }

  /** Starts it as service `customer` in `namespace` and waits until it runs. `rate` 0 sends nothing by itself. */
  static async start(
    mesh: TestMesh,
    options: {
      readonly namespace: string;
      readonly target?: string;
      readonly rate?: number;
      /** A regular expression that the body of every answer must match. */
      readonly expect?: string;
      readonly capture?: string;
      readonly name?: string;
      readonly args?: readonly string[];
    },
  ): Promise<Customer> {
    const capture = options.capture === undefined ? [] : ['--capture', options.capture];
    const load = [
      'env',
      `TARGET=${options.target ?? ''}`,
      `RATE=${options.rate ?? 0}`,
      `EXPECT=${options.expect ?? ''}`,
      process.execPath,
      join(import.meta.dirname, 'customer.js'),
    ];
    const program = mesh.weft([
      'run',
      '--service',
      options.name ?? 'customer',
      '--namespace',
      options.namespace,
      ...capture,
      ...(options.args ?? []),
      '--',
      ...load,
    ]);
    await program.printed(/customer is ready/);
    return new Customer(program);
  }

  /** What happened since the last report. */
  async report(): Promise<Report> {
    const answered = this.program.next(/report (\{.*\})\n/);
    this.program.child.stdin?.write('report\n');
    return JSON.parse((await answered)[1] ?? '{}') as Report;
  }

  /** One request from inside the mesh, on a new connection. Status 0 = no answer, with the reason as body. */
  async get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const answered = this.program.next(/answer (\{.*\})\n/);
    this.program.child.stdin?.write(`get ${[url, ...Object.entries(headers).map(([name, value]) => `${name}=${value}`)].join(' ')}\n`);
    return JSON.parse((await answered)[1] ?? '{}') as Answer;
  }

  /** Many requests on kept connections. */
  async many({ count, width = 1, url, headers = {} }: Volley): Promise<Tally> {
    const answered = this.program.next(/answer (\{.*\})\n/);
    const words = [count, width, url, ...Object.entries(headers).map(([name, value]) => `${name}=${value}`)];
    this.program.child.stdin?.write(`many ${words.join(' ')}\n`);
    return JSON.parse((await answered)[1] ?? '{}') as Tally;
  }

  /** IPv4 addresses of a name, as its resolver answers them. */
  async lookup(name: string): Promise<readonly string[]> {
    const answered = this.program.next(/answer (\{.*\})\n/);
    this.program.child.stdin?.write(`lookup ${name}\n`);
    const { body } = JSON.parse((await answered)[1] ?? '{}') as Answer;
    return body === '' ? [] : body.split(' ');
  }

  /** A variable of its environment. */
  async environment(name: string): Promise<string> {
    const answered = this.program.next(/answer (\{.*\})\n/);
    this.program.child.stdin?.write(`env ${name}\n`);
    return (JSON.parse((await answered)[1] ?? '{}') as Answer).body;
  }

  /** What a TCP server says, on its own or to a word, on a new connection. Status 1 = it said something, 0 = not, with the reason. */
  async talk(host: string, port: number, word?: string): Promise<Answer & { readonly ms: number; readonly address?: string }> {
    const answered = this.program.next(/answer (\{.*\})\n/);
    this.program.child.stdin?.write(`talk ${[host, port, ...(word === undefined ? [] : [word])].join(' ')}\n`);
    return JSON.parse((await answered)[1] ?? '{}') as Answer & { readonly ms: number; readonly address?: string };
  }

  /** A request over TLS of its own to a server name: status 1 and the body, or 0 and `closed`. */
  async tls(host: string, port: number, name: string): Promise<Answer> {
    const answered = this.program.next(/answer (\{.*\})\n/);
    this.program.child.stdin?.write(`tls ${host} ${port} ${name}\n`);
    return JSON.parse((await answered)[1] ?? '{}') as Answer;
  }

  /** Asks until `good` holds, at most `tries` times, 50 ms apart; returns the last answer either way. */
  async until(url: string, good: (answer: Answer) => boolean, tries = 200): Promise<Answer> {
    let answer = await this.get(url);
    for (let n = 1; n < tries && !good(answer); n++) {
      await new Promise((done) => setTimeout(done, 50));
      answer = await this.get(url);
    }
    return answer;
  }
}
