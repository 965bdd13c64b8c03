// What is wrong with ProxyPatch and ExtensionPolicy: 1860–1879.
import type { DiagnosticKind } from './diagnostics.ts';

export const EXTENSIONS = {
  WEFT1860: {
    severity: 'error',
    title: 'incomplete patch',
    docs: 'A patch does not say which resource it is for, or an operation lacks what its kind needs (RFC 6902).',
    hint: 'see the page of ProxyPatch',
  },
  WEFT1861: {
    severity: 'error',
    title: 'patch does not apply',
    docs: 'An operation of a patch leads to a place that is not in the resource, or its test failed. Nothing of this patch is done to this resource.',
    hint: 'weft proxy-config NAME -o json shows the resource as it is',
  },
  WEFT1862: {
    severity: 'error',
    title: 'patch touches what is protected',
    docs: 'A patch may not change names, identities (TLS contexts, pinned names), listening addresses, secrets, files of a machine, or bring a program. Nothing of this patch is done to this resource.',
    hint: 'spec.unsafe: true permits it, but never another name, a file or a program; think twice',
  },
  WEFT1863: {
    severity: 'error',
    title: 'patched resource is invalid',
    docs: 'What a patch makes of a resource is no longer a message of its type, or breaks Envoy’s own rules. Nothing of this patch is done to this resource.',
    hint: 'fields have the names of Envoy’s API, as in weft proxy-config NAME -o json',
  },
  WEFT1864: {
    severity: 'warning',
    title: 'ignored here',
    docs: 'This field has no effect on this kind of document.',
    hint: 'remove it',
  },
  WEFT1865: {
    severity: 'warning',
    title: 'patch matches nothing',
    docs: 'No resource of the proxies that the patch is for has this type and name. As soon as one has, the patch is checked and applied.',
    hint: 'weft proxy-config NAME lists the names',
  },
  WEFT1866: {
    severity: 'error',
    title: 'refused by Envoy before any proxy saw it',
    docs: 'The real Envoy refuses what is made of this document, so no proxy gets it. Proxies run its last accepted version, or run without it.',
    hint: 'correct what Envoy names',
  },
  WEFT1867: {
    severity: 'warning',
    title: 'not checked',
    docs: 'The control plane has no Envoy to check the document with. It is in force; should a proxy refuse it, it is put aside.',
    hint: 'set WEFT_ENVOY, or run weft run once on the machine of the control plane, which fetches Envoy',
  },
  WEFT1868: {
    severity: 'info',
    title: 'several patches of one resource',
    docs: 'Several documents patch the same resource of a proxy. They are applied one after the other, the oldest first, then by namespace and name.',
    hint: 'merge them into one document if their order matters',
  },
  WEFT1869: {
    severity: 'error',
    title: 'target not permitted',
    docs: 'A patch or an extension is for proxies, services, routes and gateways of its own namespace, or for the whole mesh; nobody patches what others own.',
    hint: 'put the document into the namespace of its target',
  },
  WEFT1870: {
    severity: 'error',
    title: 'not one program',
    docs: 'An ExtensionPolicy brings exactly one program: a Lua script, a Wasm module, or an external processor.',
    hint: 'write one document for each program; `order` says which goes first',
  },
  WEFT1871: {
    severity: 'error',
    title: 'both sides at once',
    docs: 'For routes and Gateways an extension acts where requests leave (at the caller, at the gateway); for Services, workloads, a Namespace or the Mesh where they arrive. One document acts on one side.',
    hint: 'write one document for each side',
  },
  WEFT1872: {
    severity: 'error',
    title: 'compiled Lua',
    docs: 'A script that begins like compiled Lua is not taken: it could not be looked into.',
    hint: 'give the source',
  },
  WEFT1873: {
    severity: 'error',
    title: 'processor cannot be reached',
    docs: 'An ExtensionPolicy names a Service or port that does not exist, or does not speak gRPC. With failOpen requests pass without it, otherwise they are answered 500.',
    hint: 'apply the Service, with appProtocol: grpc on the port',
  },
  WEFT1875: {
    severity: 'error',
    title: 'Wasm acts where requests arrive',
    docs: 'A Wasm module has no configuration for one route in Envoy: a proxy has one, which works for the requests that arrive at its workload.',
    hint: 'name the Service, or select workloads; for routes and Gateways take lua or extProc',
  },
  WEFT1874: {
    severity: 'warning',
    title: 'one of a kind only',
    docs: 'A request has one external processor, and a workload one Wasm module. Of two for the same the more specific document holds, then the older one.',
    hint: 'give one of them a more specific target',
  },
} as const satisfies Record<string, DiagnosticKind>;
