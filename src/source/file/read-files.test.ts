import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type Diagnostic, describeOrigin } from '../../base/index.ts';
import { originOf, SOURCE_MAP } from '../../model/index.ts';
import { parseText, readDocuments, readFiles, withoutSourceMap } from '../index.ts';

const goldens = join(import.meta.dirname, 'goldens');
const folder = mkdtempSync(join(tmpdir(), 'weft-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

function printed(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(({ severity, code, at, message, hint }) => `${severity} ${code}  ${describeOrigin(at)}\n  ${message}\n  → ${hint}\n`).join('');
}

function write(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: { name: NAME }\nspec: { selector: { app: a }, ports: [{ name: http, port: 80 }] }\n';
const service = (name: string): string => SERVICE.replace('NAME', name);

describe('what is said of common mistakes', () => {
  it.each(readdirSync(goldens))('%s', (name) => {
    const input = readdirSync(join(goldens, name)).find((file) => file.startsWith('in.')) ?? expect.fail('no input');
    // What is no JSON has another name in the repository: no tool should trip over it.
    const file = input.replace(/\.txt$/, '');
    const { diagnostics } = readDocuments([{ file, text: readFileSync(join(goldens, name, input), 'utf8') }]);
    const expected = join(goldens, name, 'diagnostics.txt');
    if (process.env['WEFT_UPDATE_GOLDENS'] === '1') writeFileSync(expected, printed(diagnostics));
    expect(printed(diagnostics)).toBe(readFileSync(expected, 'utf8'));
    for (const { at } of diagnostics)
      expect([at.file, at.line === undefined], 'every diagnostic has a file, and a line unless it is about the whole file').toEqual([file, name === 'empty']);
  });
});

describe('readFiles', () => {
  it('reads folders with their sub-folders, in order, and nothing hidden or foreign', async () => {
    write('tree/b.yaml', service('b'));
    write('tree/a/z.yml', service('z'));
    write(
      'tree/c.json',
      JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'c' }, spec: { selector: { app: 'a' }, ports: [{ name: 'http', port: 80 }] } }),
    );
    write('tree/.hidden/h.yaml', service('h'));
    write('tree/readme.md', 'no document');
    symlinkSync('b.yaml', join(folder, 'tree/.link.yaml'));
    const { documents, diagnostics } = await readFiles([join(folder, 'tree')]);
    expect(diagnostics).toEqual([]);
    expect(documents.map(({ document }) => document.metadata.name)).toEqual(['z', 'b', 'c']);
  });

  it('reads standard input in pieces, JSON too', async () => {
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      const bytes = new TextEncoder().encode('{ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "a", "annotations": { "say": "grüß" } } }');
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
    };
    const { documents, diagnostics } = await readFiles(['-'], { stdin: pieces() });
    expect(diagnostics).toEqual([]);
    expect(documents[0]?.document.metadata.annotations['say']).toBe('grüß');
    expect(documents[0]?.place.file).toBe('stdin');
  });

  it('says which path cannot be read, and reads the others', async () => {
    write('empty/readme.md', '');
    const { documents, diagnostics } = await readFiles([join(folder, 'nope.yaml'), write('one.yaml', service('one'))]);
    expect(documents).toHaveLength(1);
    expect(diagnostics.map((each) => [each.code, each.message.replace(folder, '')])).toEqual([['WEFT1010', '/nope.yaml does not exist']]);
    const nothing = await readFiles([join(folder, 'empty')]);
    expect(nothing.diagnostics.map((each) => each.code)).toEqual(['WEFT1011']);
  });

  it('finds a document that is in two files', async () => {
    const [first, second] = [write('first.yaml', service('twice')), write('second.yaml', `# again\n---\n${service('twice')}`)];
    const { diagnostics } = await readFiles([first, second, first]);
    expect(diagnostics.map((each) => [each.code, each.at.file, each.at.line, each.message])).toEqual([
      ['WEFT1008', second, 3, `this document was already given at ${first}:1:1`],
    ]);
  });

  it('reads UTF-16 and a byte order mark', async () => {
    const marked = write('bom.yaml', `\uFEFF${service('bom')}`);
    const wide = write('wide.yaml', new Uint8Array(Buffer.from(`\uFEFF${service('wide')}`, 'utf16le')));
    const { documents, diagnostics } = await readFiles([marked, wide]);
    expect(diagnostics).toEqual([]);
    expect(documents.map(({ document }) => document.metadata.name)).toEqual(['bom', 'wide']);
  });

  it('gives documents or errors with a line for any text, and never throws', () => {
    const sample = readFileSync(join(goldens, 'routes', 'in.yaml'), 'utf8') + service('a');
    const noise = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '\n',
        '---\n',
        '&a ',
        '*a',
        '<<: *a',
        '[',
        '}',
        '"',
        "'",
        '|',
        '>',
        '\t',
        '? ',
        ': ',
        '!!set ',
        '!x ',
        '%YAML 1.1\n',
        '#',
        '\u0000',
        '\uFEFF',
        '~',
      ),
    );
    fc.assert(
      fc.property(fc.nat({ max: sample.length }), fc.nat({ max: 40 }), fc.array(noise, { maxLength: 5 }), (at, cut, words) => {
        const text = sample.slice(0, at) + words.join('') + sample.slice(at + cut);
        for (const file of ['in.yaml', 'in.json']) {
          const { documents, diagnostics } = readDocuments([{ file, text }]);
          for (const each of diagnostics) if (each.code !== 'WEFT1011') expect(each.at.line, each.message).toBeGreaterThan(0);
          for (const { document } of documents) expect(originOf(document, 'spec.rules[0]').line).toBeGreaterThan(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('survives text that is nested without end', () => {
    const { values, diagnostics } = parseText('deep.yaml', '['.repeat(200_000));
    expect(values).toEqual([]);
    expect(diagnostics.length).toBeGreaterThan(0);
  });
});

describe('a source map', () => {
  const text = `# comment
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: a }
spec:
  parentRefs:
    - { group: "", kind: Service, name: a }
  rules:
    - name: one
      matches:
        - path: { value: /a }
        - headers:
            - { name: a, value: b }
      backendRefs: [{ name: a, port: 80 },
                    { name: b, port: 80 }]
    - timeouts:
        request: 1s
`;
  const document = readDocuments([{ file: 'route.yaml', text }]).documents[0]?.document ?? expect.fail('no document');

  it('leads every part of the document back to its line', () => {
    const line = (path: string): number | undefined => originOf(document, path).line;
    expect(originOf(document, '')).toMatchObject({ file: 'route.yaml', line: 2 });
    expect(
      [
        'spec.parentRefs[0]',
        'spec.rules[0]',
        'spec.rules[0].matches[0]',
        'spec.rules[0].matches[1]',
        'spec.rules[0].matches[1].headers[0]',
        'spec.rules[0].backendRefs[0]',
        'spec.rules[0].backendRefs[1]',
        'spec.rules[1]',
        'spec.rules[1].timeouts',
      ].map(line),
    ).toEqual([7, 9, 11, 12, 13, 14, 15, 16, 16]);
    expect(line('spec.rules[1].matches[0]')).toBe(16);
  });

  it('is small, and can be taken off again', () => {
    expect(document.metadata.annotations[SOURCE_MAP]?.length).toBeLessThan(400);
    expect(withoutSourceMap(document).metadata.annotations).toEqual({});
  });
});
