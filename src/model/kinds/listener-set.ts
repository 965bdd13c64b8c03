import { z } from 'zod';
import { fields, label } from './fields.ts';
import { defineKind } from './kind.ts';
import { listeners } from './listener.ts';
import { checkListeners } from './listener-check.ts';

export const listenerSetSchema = fields({
  parentRef: fields({
    group: z.string().default('gateway.networking.k8s.io'),
    kind: z.string().default('Gateway'),
    name: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters'),
    namespace: label.optional(),
  }),
  listeners,
});
export type ListenerSetSpec = z.output<typeof listenerSetSchema>;

export const listenerSetKind = defineKind({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'ListenerSet',
  plural: 'listenersets',
  shortNames: ['lset'],
  namespaced: true,
  summary: 'More listeners for a Gateway that allows it, written by somebody else (Gateway API).',
  schema: listenerSetSchema,
  columns: [
    { name: 'GATEWAY', path: 'spec.parentRef.name' },
    { name: 'ACCEPTED', path: 'status.conditions[?(@.type=="Accepted")].status' },
    { name: 'PROGRAMMED', path: 'status.conditions[?(@.type=="Programmed")].status' },
    { name: 'LISTENERS', path: 'spec.listeners[*].name', wide: true },
  ],
  check: ({ spec }, report) => {
    checkListeners(spec.listeners, report);
    const { group, kind, name } = spec.parentRef;
    if (group !== 'gateway.networking.k8s.io' || kind !== 'Gateway')
      report('WEFT1207', 'spec.parentRef', `the parent of a ListenerSet is a Gateway, not ${kind} "${name}"`);
  },
});
