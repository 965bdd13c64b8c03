// source: where facts come from. `file/` reads documents out of YAML and JSON with the line and column of every field; `store/` turns
// the store into batches of events for the control plane. Each source turns its world into documents that model has checked, and
// problems into diagnostics; it decides nothing about what a document means. It may read files and standard input; it writes none.

export type { ResourceEvent, Source } from './events.ts';
export { decode, readTexts, type Text } from './file/discover.ts';
export { type ParsedText, type PlacedValue, parseText } from './file/parse-text.ts';
export { type PlacedDocument, type ReadDocuments, type ReadOptions, readDocuments, readFiles, STDIN } from './file/read-files.ts';
export { sourceMapOf, withoutSourceMap, withSourceMap } from './file/source-map.ts';
export { type KubernetesSource, type KubernetesSourceOptions, kubernetesSource, type SourceTrouble } from './kubernetes/kubernetes-source.ts';
export { Mirror, type MirrorOptions } from './kubernetes/mirror.ts';
export type { NodeAccount } from './kubernetes/node-pod.ts';
export { readObject } from './kubernetes/read-object.ts';
export { storeSource } from './store/store-source.ts';
