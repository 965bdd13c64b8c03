// Random documents for properties that must hold for every mesh. A new kind gets its arbitrary here.
import fc from 'fast-check';
import { documentKey } from '../../../src/model/index.ts';
import { connecting, faulting, policy, processing } from './policies.ts';
import { connectionRoute, route, routeKind } from './routes.ts';
import { external, service, workload } from './services.ts';
import { learned, scope, settings } from './settings.ts';

export { service } from './services.ts';
export { document } from './words.ts';

export const anyDocument = fc.oneof(
  { weight: 4, arbitrary: service },
  { weight: 4, arbitrary: workload },
  { weight: 4, arbitrary: route },
  { weight: 3, arbitrary: routeKind },
  { weight: 2, arbitrary: connectionRoute },
  { weight: 2, arbitrary: external },
  { weight: 1, arbitrary: scope },
  { weight: 2, arbitrary: learned },
  { weight: 3, arbitrary: policy },
  { weight: 3, arbitrary: connecting },
  { weight: 1, arbitrary: faulting },
  { weight: 2, arbitrary: processing },
  { weight: 1, arbitrary: settings },
);
export const documents = fc.uniqueArray(anyDocument, { selector: documentKey, minLength: 4, maxLength: 18 });
