import { WeftError } from '../../base/index.ts';
import type { CaDesk } from '../../manage/index.ts';
import { CA_SECRET } from './shared-authority.ts';

const SHARED = { retryable: false, grpc: 9, http: 409 } as const;

/** The authority as users see it where replicas share it: one of them alone cannot know that every proxy has followed, so none changes the root. */
export function sharedDesk(desk: CaDesk): CaDesk {
  const refuse = (): never => {
    throw new WeftError(
      'authority-shared',
      SHARED,
      `the root of this mesh is in Secret ${CA_SECRET} and shared by all control planes of the cluster: it cannot be changed while they run\n  docs/kubernetes.md, "Limits", says what can be done`,
    );
  };
  return {
    view: () => desk.view(),
    rotate: (request) => (request.dryRun === true ? desk.rotate(request) : refuse()),
    pause: refuse,
    resume: refuse,
    undo: refuse,
  };
}
