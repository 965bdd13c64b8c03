// What is wrong with policies and what they name: 18xx.
import type { DiagnosticKind } from './diagnostics.ts';

export const POLICY = {
  WEFT1801: {
    severity: 'warning',
    title: 'policy for nothing',
    docs: 'A policy names neither a target nor workloads, so it has no effect.',
    hint: 'for example targetRefs: [{ kind: Service, name: NAME }]',
  },
  WEFT1802: {
    severity: 'warning',
    title: 'policy says nothing',
    docs: 'No field of the policy is given, so nothing changes.',
    hint: 'give at least one field',
  },
  WEFT1803: {
    severity: 'warning',
    title: 'target does not exist',
    docs: 'A targetRef names something that is not there, or a part of it that is not there; the policy has no effect on it until it is.',
    hint: 'apply it, or correct the name',
  },
  WEFT1804: {
    severity: 'error',
    title: 'target not permitted',
    docs: 'A policy can be for things of its own namespace, for the whole mesh, and, as a consumer, for Services that its namespace calls. Routes and Gateways of other namespaces are their owners’.',
    hint: 'put the policy into the namespace of its target',
  },
  WEFT1805: {
    severity: 'info',
    title: 'decided by age',
    docs: 'Two policies of one kind are for the same thing and say different things; the older one wins, then the first by name.',
    hint: 'merge the two, or give one of them a more specific target',
  },
  WEFT1806: {
    severity: 'warning',
    title: 'without effect here',
    docs: 'A field of the policy has no effect on what it is for.',
    hint: 'remove the field, or the target',
  },
  WEFT1807: {
    severity: 'warning',
    title: 'another Service decides',
    docs: 'Several Services lead to one port of a workload, and nobody can tell by which a request came. Of each kind of policy those of the Service with most of them hold there, of two with equally many those of the first by name.',
    hint: 'select the workload (spec.selector), or say the same for each of the Services',
  },
  WEFT1808: {
    severity: 'error',
    title: 'acts where requests arrive',
    docs: 'A policy of this kind acts in front of the application, so it belongs to the namespace of the Service; the one of a consumer would never be asked.',
    hint: 'put the policy into the namespace of its target',
  },
} as const satisfies Record<string, DiagnosticKind>;
