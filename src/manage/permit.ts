// What the answer to one request may rest on. A route whose answer depends on its body asks here; one that never asked gets no answer out.
import type { Caller } from './caller.ts';
import { manageError } from './errors.ts';
import { type Attributes, type Authorizer, describeAttributes } from './rbac/index.ts';

export class Permit {
  readonly caller: Caller;
  readonly #authorizer: Authorizer;
  #asked = false;

  constructor(caller: Caller, authorizer: Authorizer) {
    this.caller = caller;
    this.#authorizer = authorizer;
  }

  get asked(): boolean {
    return this.#asked;
  }

  /** A list of documents is asked about one by one, also when it is empty. */
  begin(): void {
    this.#asked = true;
  }

  allows(wanted: Attributes): boolean {
    this.#asked = true;
    return this.#authorizer.allows(this.caller, wanted);
  }

  /** Throws `forbidden`, saying what is missing and who can give it. */
  require(wanted: Attributes): void {
    if (!this.allows(wanted)) throw forbidden(this.caller, wanted);
  }

  /** Everything the caller has in a namespace, '' = everywhere. */
  rules(namespace: string): ReturnType<Authorizer['rules']> {
    return this.#authorizer.rules(this.caller, namespace);
  }
}

function forbidden({ user }: Caller, wanted: Attributes): Error {
  const remedy = 'path' in wanted || wanted.namespace === '' ? 'a ClusterRoleBinding' : `a RoleBinding in ${wanted.namespace}, or a ClusterRoleBinding,`;
  const narrower = !('path' in wanted) && wanted.namespace === '' && wanted.name === '' ? '; or name one namespace' : '';
  return manageError('forbidden', `user "${user}" may not ${describeAttributes(wanted)}: ${remedy} would allow it${narrower}`, {
    details: { missing: describeAttributes(wanted) },
  });
}
