// kinds: one file per kind of document that is no policy. To add one: write the file, add a line to CORE_KINDS. Policies are listed in
// the room `policy`, which joins both lists.
import { httpRouteKind } from './http-route.ts';
import type { KindDefinition } from './kind.ts';
import { meshKind } from './mesh.ts';
import { namespaceKind } from './namespace.ts';
import { scopeKind } from './scope.ts';
import { serviceKind } from './service.ts';
import { workloadKind } from './workload.ts';

export const CORE_KINDS: readonly KindDefinition[] = [namespaceKind, serviceKind, httpRouteKind, meshKind, workloadKind, scopeKind];
