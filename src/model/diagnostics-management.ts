// The management plane: roles, and which namespace may use which host name. 22xx.
import type { DiagnosticKind } from './diagnostics.ts';

export const MANAGEMENT = {
  WEFT2200: {
    severity: 'error',
    title: 'a rule of a role that says nothing',
    docs: 'A rule of a Role or ClusterRole names verbs together with apiGroups and resources, or together with nonResourceURLs.',
    hint: 'for example { verbs: [get, list, watch], apiGroups: [""], resources: [services] }',
  },
  WEFT2201: {
    severity: 'warning',
    title: 'a role that is not there',
    docs: 'The binding names a role that no document declares. It gives nothing until the role is there.',
    hint: 'correct roleRef.name, or write the role',
  },
  WEFT2202: {
    severity: 'error',
    title: 'a built-in role cannot be written',
    docs: 'cluster-admin, admin, edit and view are part of Weft and follow its kinds. A document of that name would hide what they give.',
    hint: 'choose another name for a role of your own',
  },
  WEFT2203: {
    severity: 'error',
    title: 'the role of a binding cannot be changed',
    docs: 'What a binding gives is decided when it is made, so that who may change the list of subjects cannot change what they get.',
    hint: 'delete the binding and make another',
  },
  WEFT2204: {
    severity: 'error',
    title: "a host name that is another's",
    docs: 'Mesh.spec.hosts says which namespaces may use which host names: in hostnames of routes and listeners, and in hosts of ExternalServices. A route without hostnames at a Gateway of another namespace would use any. Nothing is written that uses what belongs to another, and no rule that documents break already.',
    hint: 'use a name of your own, or let the Mesh document give this one to the namespace',
  },
} as const satisfies Record<string, DiagnosticKind>;
