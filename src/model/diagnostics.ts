import type { Diagnostic, Origin, Severity } from '../base/index.ts';

/** What a code means, said once: the CLI, the documentation pages and the dashboard read it from here. */
export interface DiagnosticKind {
  readonly severity: Severity;
  readonly title: string;
  /** One or two sentences for the reference page: what happened and what Weft did about it. */
  readonly docs: string;
  /** What to do next, when the place itself has nothing better to say. */
  readonly hint: string;
}

/** Syntax and shape of what was given: 10xx. */
const SYNTAX = {
  WEFT1001: {
    severity: 'error',
    title: 'YAML syntax',
    docs: 'The text is not YAML. Nothing of the file is used.',
    hint: 'correct the text at this place; indentation must be spaces',
  },
  WEFT1002: { severity: 'error', title: 'JSON syntax', docs: 'The text is not JSON. Nothing of the file is used.', hint: 'correct the text at this place' },
  WEFT1003: { severity: 'error', title: 'duplicate key', docs: 'One map has the same key twice, and only one could be meant.', hint: 'remove one of the two' },
  WEFT1004: {
    severity: 'error',
    title: 'not a document',
    docs: 'A document is a map with apiVersion, kind and metadata.',
    hint: 'begin with apiVersion:, kind: and metadata:',
  },
  WEFT1005: {
    severity: 'error',
    title: 'apiVersion or kind is missing',
    docs: 'Without apiVersion and kind nobody knows what a document is.',
    hint: 'for example: apiVersion: v1, kind: Service',
  },
  WEFT1006: {
    severity: 'error',
    title: 'unknown kind',
    docs: 'This version of Weft does not know the kind.',
    hint: 'correct apiVersion and kind, or take the document out',
  },
  WEFT1007: { severity: 'error', title: 'wrong version of a kind', docs: 'The kind is known, but not in this group and version.', hint: 'correct apiVersion' },
  WEFT1008: {
    severity: 'error',
    title: 'duplicate document',
    docs: 'Two documents given together have the same kind, namespace and name.',
    hint: 'remove or rename one of them',
  },
  WEFT1009: {
    severity: 'error',
    title: 'too many aliases',
    docs: 'The YAML expands to far more than it says, which is an attack or an accident.',
    hint: 'write the repeated parts out',
  },
  WEFT1010: {
    severity: 'error',
    title: 'file cannot be read',
    docs: 'The file or folder does not exist or may not be read.',
    hint: 'check the path and its permissions',
  },
  WEFT1011: {
    severity: 'warning',
    title: 'no documents',
    docs: 'A file or folder that was named contains no document.',
    hint: 'documents are read from *.yaml, *.yml and *.json',
  },
  WEFT1012: { severity: 'error', title: 'too large', docs: 'A file or a document is larger than Weft accepts.', hint: 'split it' },
  WEFT1013: { severity: 'warning', title: 'YAML that is easily misread', docs: 'The YAML parser warns about this place.', hint: 'quote the value' },
} as const satisfies Record<string, DiagnosticKind>;

/** Fields: 12xx. */
const FIELDS = {
  WEFT1201: { severity: 'error', title: 'missing field', docs: 'A required field is not there.', hint: 'add it' },
  WEFT1202: { severity: 'error', title: 'wrong type', docs: 'The value has another type than the field.', hint: 'give a value of the right type' },
  WEFT1203: {
    severity: 'error',
    title: 'unknown field',
    docs: 'No such field exists at this place. Unknown fields are refused because most are misspelled ones.',
    hint: 'correct the name or remove the field',
  },
  WEFT1204: { severity: 'error', title: 'invalid value', docs: 'The value has the right type but is not allowed here.', hint: 'correct the value' },
  WEFT1205: {
    severity: 'error',
    title: 'invalid duration',
    docs: 'Durations are Gateway API durations: whole numbers with h, m, s, ms.',
    hint: 'for example 500ms, 10s, 1h30m',
  },
  WEFT1206: { severity: 'error', title: 'incomplete', docs: 'Something must be given here.', hint: 'add what is missing' },
  WEFT1207: { severity: 'error', title: 'fields contradict each other', docs: 'Two fields cannot both be obeyed.', hint: 'change one of them' },
  WEFT1208: { severity: 'error', title: 'duplicate entry', docs: 'An entry of a list repeats what must be unique.', hint: 'remove or rename one of them' },
  WEFT1209: {
    severity: 'error',
    title: 'invalid name',
    docs: 'Names are lower-case letters, digits and "-" (RFC 1123), and Mesh is always "default".',
    hint: 'rename the document',
  },
  WEFT1210: {
    severity: 'error',
    title: 'not supported',
    docs: 'The field is part of the standard, but this version of Weft cannot do it, and ignoring it would change what the document means. The document is refused.',
    hint: 'remove the field, or keep this document for a later version',
  },
  WEFT1211: {
    severity: 'warning',
    title: 'ignored',
    docs: 'The field is part of the standard and has no effect in this version of Weft; the rest of the document works.',
    hint: 'remove the field to silence this warning',
  },
  WEFT1212: {
    severity: 'warning',
    title: 'unknown appProtocol',
    docs: 'The protocol is not known, so the bytes are passed through as TCP.',
    hint: 'use http, kubernetes.io/h2c, grpc, tcp or kubernetes.io/ws',
  },
  WEFT1213: {
    severity: 'info',
    title: 'protocol not declared',
    docs: 'Neither appProtocol nor the name of the port says what it speaks, so it is treated as TCP, which never harms a protocol in which the server speaks first.',
    hint: 'add appProtocol: http (or grpc, kubernetes.io/h2c, tcp)',
  },
  WEFT1214: {
    severity: 'warning',
    title: 'weight without effect',
    docs: 'All weights of a rule are 0, so no backend gets requests and the answer is 500.',
    hint: 'give at least one backend a weight above 0',
  },
  WEFT1215: {
    severity: 'warning',
    title: 'only the first counts',
    docs: 'A header or query parameter is matched twice; only its first entry counts (Gateway API).',
    hint: 'remove the later entry',
  },
} as const satisfies Record<string, DiagnosticKind>;

/** References: 13xx. These come and go with the documents they name. */
const REFERENCES = {
  WEFT1301: {
    severity: 'error',
    title: 'backend does not exist',
    docs: 'A backendRef names a Service that is not there. Its share of the requests is answered with 500 until it is.',
    hint: 'apply the Service, or correct the name',
  },
  WEFT1302: {
    severity: 'error',
    title: 'backend has no such port',
    docs: 'The Service of a backendRef does not have the port. Its share of the requests is answered with 500.',
    hint: 'use one of the ports of the Service',
  },
  WEFT1303: {
    severity: 'error',
    title: 'reference not permitted',
    docs: 'A backendRef names a Service of another namespace, which is neither that of the route nor that of a parent. Its share of the requests is answered with 500.',
    hint: 'send to a Service in the namespace of the route or of a parent: ReferenceGrant is not supported by this version of Weft',
  },
  WEFT1304: {
    severity: 'error',
    title: 'kind of backend not supported',
    docs: 'Only Services can be backends in this version of Weft.',
    hint: 'name a Service (group "", kind Service)',
  },
  WEFT1305: {
    severity: 'error',
    title: 'backend speaks another protocol',
    docs: 'An HTTP route cannot send requests to a port that is declared as TCP.',
    hint: 'set appProtocol: http on the port of the Service',
  },
  WEFT1306: {
    severity: 'error',
    title: 'duplicate address',
    docs: 'Two Services claim the same spec.clusterIP. The older one keeps it; the other works under another address.',
    hint: 'remove spec.clusterIP from one of them',
  },
  WEFT1307: {
    severity: 'warning',
    title: 'parent does not exist',
    docs: 'A parentRef names a Service that is not there; the route has no effect until it is.',
    hint: 'apply the Service, or correct the name',
  },
  WEFT1308: {
    severity: 'warning',
    title: 'parent has no such port',
    docs: 'The Service of a parentRef does not have the port or section; the route has no effect there.',
    hint: 'use one of the ports of the Service',
  },
  WEFT1309: {
    severity: 'warning',
    title: 'no endpoints',
    docs: 'No workload is ready behind the Service; requests are answered with 503.',
    hint: 'start a workload whose labels match the selector: weft run --service NAME -- COMMAND',
  },
  WEFT1310: {
    severity: 'warning',
    title: 'target port not found',
    docs: 'A workload of the Service has no port of that name and takes no requests on it.',
    hint: 'name the port on the workload, or use a number as targetPort',
  },
  WEFT1311: {
    severity: 'warning',
    title: 'no selector',
    docs: 'A Service without selector has no workloads, so requests to it are answered with 503.',
    hint: 'add spec.selector, for example selector: { app: NAME }',
  },
  WEFT1313: {
    severity: 'warning',
    title: 'no ports',
    docs: 'A Service without ports cannot be called.',
    hint: 'ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }]',
  },
  WEFT1312: {
    severity: 'warning',
    title: 'scope names nothing',
    docs: 'An entry of a Scope matches no Service.',
    hint: 'correct the entry, or apply the Service',
  },
} as const satisfies Record<string, DiagnosticKind>;

/** Attachment and precedence: 14xx. */
const ATTACHMENT = {
  WEFT1401: {
    severity: 'warning',
    title: 'not attached',
    docs: 'A parentRef names something that cannot carry the route here.',
    hint: 'use a Service as parent: { group: "", kind: Service, name: NAME }',
  },
  WEFT1402: {
    severity: 'warning',
    title: 'route on a TCP port',
    docs: 'The port does not speak HTTP, so an HTTPRoute has no effect on it.',
    hint: 'set appProtocol: http on the port of the Service',
  },
  WEFT1403: {
    severity: 'info',
    title: 'decided by age',
    docs: 'Two routes match the same requests equally well; the older one wins (Gateway API), then the first by name.',
    hint: 'make one match more specific, or merge the routes',
  },
  WEFT1404: {
    severity: 'warning',
    title: 'never reached',
    docs: 'An earlier match takes every request this one could get.',
    hint: 'remove the match or make it more specific',
  },
  WEFT1405: { severity: 'info', title: 'overridden', docs: 'A more specific document says something else.', hint: 'see the document that wins' },
  WEFT1406: {
    severity: 'error',
    title: 'address and port already taken',
    docs: 'Two ports of the mesh have the same virtual address and number; connections to it go to the older Service.',
    hint: 'change spec.clusterIP or the port',
  },
} as const satisfies Record<string, DiagnosticKind>;

/** What proxies and the control plane say: 15xx. */
const PROGRAMMING = {
  WEFT1501: {
    severity: 'error',
    title: 'refused by Envoy',
    docs: 'A proxy refused the configuration made of this document, in the words given. All proxies run its last accepted version until the document changes.',
    hint: 'correct the document; the words of Envoy say what it disliked',
  },
  WEFT1502: {
    severity: 'error',
    title: "against Envoy's rules",
    docs: "The configuration made of this document breaks one of Envoy's validation rules and was not sent.",
    hint: 'correct the value',
  },
  WEFT1503: {
    severity: 'error',
    title: 'dangling reference',
    docs: 'The configuration made of this document refers to something that is not sent, and was held back.',
    hint: 'this is a fault of Weft: please report it with the document',
  },
  WEFT1504: {
    severity: 'error',
    title: 'could not be compiled',
    docs: 'Compiling this document failed; its last good version stays in force.',
    hint: 'this is a fault of Weft: please report it with the document',
  },
  WEFT1505: {
    severity: 'warning',
    title: 'proxy without identity',
    docs: 'The workload of a proxy is not in the mesh, so it gets no certificate.',
    hint: 'start it again with weft run',
  },
} as const satisfies Record<string, DiagnosticKind>;

/** Every diagnostic there is. Codes are stable: one that is given up is not used again. */
export const DIAGNOSTICS = { ...SYNTAX, ...FIELDS, ...REFERENCES, ...ATTACHMENT, ...PROGRAMMING } as const;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;

/**
 * Makes a diagnostic of a declared code. `message` says what is wrong at this place (lower-case, no period); `hint` replaces the
 * general one when the place knows better.
 */
export function diagnostic(code: DiagnosticCode, at: Origin, message: string, hint?: string): Diagnostic {
  const kind: DiagnosticKind = DIAGNOSTICS[code];
  return { code, severity: kind.severity, at, message, hint: hint ?? kind.hint };
}

/** What is declared about a code, or undefined for one that does not exist. */
export function diagnosticKind(code: string): DiagnosticKind | undefined {
  return Object.hasOwn(DIAGNOSTICS, code) ? DIAGNOSTICS[code as DiagnosticCode] : undefined;
}
