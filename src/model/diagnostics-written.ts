// What is wrong with a document by itself.
import type { DiagnosticKind } from './diagnostics.ts';

/** Syntax and shape of what was given: 10xx. */
export const SYNTAX = {
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
  WEFT1013: {
    severity: 'warning',
    fate: 'applied',
    title: 'YAML that is easily misread',
    docs: 'The YAML parser warns about this place.',
    hint: 'quote the value',
  },
} as const satisfies Record<string, DiagnosticKind>;

/** Fields: 12xx. */
export const FIELDS = {
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
    fate: 'applied',
    title: 'unknown appProtocol',
    docs: 'The protocol is not known, so the bytes are passed through as TCP.',
    hint: 'use http, kubernetes.io/h2c, grpc, tcp or kubernetes.io/ws',
  },
  WEFT1213: {
    severity: 'info',
    title: 'protocol not declared',
    docs: 'Neither appProtocol nor the name of the port says what it speaks, so it is treated as what `weft run` found its workloads to speak, and as TCP until one has, which never harms a protocol in which the server speaks first.',
    hint: 'add appProtocol: http (or grpc, kubernetes.io/h2c, tcp)',
  },
  WEFT1214: {
    severity: 'warning',
    fate: 'applied',
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
