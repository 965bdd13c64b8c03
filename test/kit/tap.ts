// A tap as a test reads it: lines of GET /weft/v1/tap, collected while they come.
import type { TapLine, TapRequest, TapStanding } from '../../src/api/index.ts';
import { eventually } from './shop.ts';
import type { TestMesh } from './test-mesh.ts';

export class TapReader implements AsyncDisposable {
  readonly lines: TapLine[] = [];
  readonly #ending = new AbortController();
  #reading: Promise<void> = Promise.resolve();

  /** Opens it and waits until `proxies` tell, and none is waited for. */
  static async open(mesh: TestMesh, query: Readonly<Record<string, string | number>>, proxies: number): Promise<TapReader> {
    const reader = new TapReader();
    const text = new URLSearchParams(Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))).toString();
    const answer = await fetch(`${mesh.api.url}/weft/v1/tap?${text}`, {
      headers: { authorization: `Bearer ${mesh.api.token}` },
      signal: reader.#ending.signal,
    });
    if (answer.status !== 200 || answer.body === null) throw new Error(`${answer.status} ${await answer.text()}`);
    reader.#reading = reader.#read(answer.body).catch(() => undefined);
    await reader.standing(proxies);
    return reader;
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.lines.push(JSON.parse(line) as TapLine);
    }
  }

  /** So many proxies tell, and none is waited for. */
  async standing(proxies: number): Promise<void> {
    await eventually(
      `${proxies} proxies that tell`,
      async () => {
        const last = this.lines.findLast((line): line is TapStanding => line.kind === 'standing');
        return last?.telling === proxies && last.waiting === 0 ? true : undefined;
      },
      600,
    );
  }

  get requests(): readonly TapRequest[] {
    return this.lines.filter((line): line is TapRequest => line.kind === 'request');
  }

  get dropped(): number {
    return this.lines.reduce((sum, line) => sum + (line.kind === 'dropped' ? line.count : 0), 0);
  }

  /** Until there are so many requests, shown or said to be dropped. */
  async until(count: number): Promise<void> {
    await eventually(`${count} requests`, async () => (this.requests.length + this.dropped >= count ? true : undefined), 600).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#reading;
  }
}
