// Envoy executable + api/roots.txt -> protobuf-es modules in gen/. Neither buf nor protoc is needed: the plugin reads a
// CodeGeneratorRequest on stdin, and that is ours to make.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { CodeGeneratorRequestSchema, CodeGeneratorResponseSchema, type FileDescriptorProto, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { extractApi } from './extract-api.ts';

function closure(all: Map<string, FileDescriptorProto>, roots: string[]): FileDescriptorProto[] {
  const taken = new Map<string, FileDescriptorProto>();
  const take = (name: string): void => {
    if (taken.has(name)) return;
    const file = all.get(name);
    if (file === undefined) throw new Error(`${name} is not in the descriptor set`);
    file.dependency.forEach(take); // dependencies first: the order that plugins require
    taken.set(name, file);
  };
  roots.forEach(take);
  return [...taken.values()];
}

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const outDir = join(home, 'gen');
const [binaryPath] = process.argv.slice(2);
if (binaryPath === undefined) throw new Error('usage: generate-api.ts <envoy executable>');
const set = fromBinary(FileDescriptorSetSchema, extractApi(readFileSync(binaryPath)));
const roots = readFileSync(join(home, 'api/roots.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '');
const files = closure(new Map(set.file.map((file) => [file.name, file])), roots);
const request = create(CodeGeneratorRequestSchema, {
  parameter: 'target=js+dts,import_extension=js',
  protoFile: files,
  fileToGenerate: files.map((file) => file.name).filter((name) => !name.startsWith('google/protobuf/')),
});
const plugin = spawnSync(process.execPath, [join(home, 'node_modules/.bin/protoc-gen-es')], {
  input: toBinary(CodeGeneratorRequestSchema, request),
  maxBuffer: 2 ** 28,
});
if (plugin.status !== 0) throw new Error(plugin.stderr.toString());
const response = fromBinary(CodeGeneratorResponseSchema, plugin.stdout);
if (response.error !== '') throw new Error(response.error);
rmSync(outDir, { recursive: true, force: true });
for (const file of response.file) {
  const path = join(outDir, file.name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, file.content);
}
console.log(`${files.length} proto files -> ${response.file.length} modules`);
