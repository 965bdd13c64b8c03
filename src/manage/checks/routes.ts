// /weft/v1/findings: what is wrong now. It is worked out when it is asked for; who asks meanwhile shares the next answer.
import type { FindingsView } from '../../api/index.ts';
import { visibleTo } from '../changes-routes.ts';
import { one } from '../request.ts';
import type { WeftRoute } from '../routes.ts';
import { FirstSeen, findingsOf, inNamespace, withoutChanges } from './findings.ts';
import { type Asked, gather } from './gather.ts';
import { CHECKS } from './list.ts';

/** One answer is worked out at a time, and what is asked meanwhile is answered by the one after it: never older than the question. */
export class Findings {
  readonly #ports: Asked;
  readonly #seen = new FirstSeen();
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<FindingsView> | undefined;

  constructor(ports: Asked) {
    this.#ports = ports;
  }

  view(): Promise<FindingsView> {
    this.#next ??= this.#running.then(() => this.#begin());
    return this.#next;
  }

  #begin(): Promise<FindingsView> {
    this.#next = undefined;
    const view = gather(this.#ports).then((facts) => findingsOf(CHECKS, facts, this.#seen));
    this.#running = view.catch(() => undefined);
    return view;
  }
}

export function findingsRoutes(findings: Findings): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/findings',
      permission: { kind: 'weft', verb: 'list', resource: 'findings', in: 'query' },
      answer: async ({ query, permit }) => {
        const namespace = one(query, 'namespace') ?? '';
        const sees = visibleTo(permit);
        const view = withoutChanges(await findings.view(), ({ what }) => sees(what));
        return namespace === '' ? view : inNamespace(view, namespace);
      },
    },
  ];
}
