import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProxyView } from '../../api/index.ts';
import { proxyRow, refusalLines } from '../commands/proxies/lines.ts';
import { ageText, clockText } from './age.ts';
import { unifiedDiff } from './diff.ts';
import { forTerminal, oneLine } from './plain.ts';
import { TablePrinter, tableText } from './table.ts';

const plain = { paint: (_: string, text: string): string => text };
const [S, M, H, D] = [1000, 60_000, 3_600_000, 86_400_000];

describe('ages', () => {
  it.each([
    [-5, '0s'],
    [119 * S, '119s'],
    [4 * M + 10 * S, '4m10s'],
    [5 * M, '5m'],
    [25 * M, '25m'],
    [3 * H + 5 * M, '3h5m'],
    [12 * H, '12h'],
    [5 * D + 3 * H, '5d3h'],
    [40 * D, '40d'],
    [800 * D, '2y70d'],
  ])('%d ms', (ms, text) => expect(ageText(ms)).toBe(text));

  it('a time of another day has its date', () => {
    const noon = new Date(2026, 10, 20, 12, 0, 7).getTime();
    expect(clockText(noon, noon + H)).toBe('12:00:07');
    expect(clockText(noon, noon + D)).toBe('2026-11-20 12:00:07');
  });
});

describe('tables', () => {
  it('pad what was measured before it was painted', () => {
    const red = { text: 'no', paint: (text: string): string => `<${text}>` };
    expect(
      tableText(
        ['name', 'ok', 'note'],
        [
          ['a', red, ''],
          ['bär', 'yes', 'x\ny'],
        ],
      ),
    ).toBe('NAME   OK    NOTE\na      <no>    <none>\nbär    yes   x y\n');
  });

  it('remember widths for rows that come later', () => {
    const printer = new TablePrinter(['name', 'age']);
    expect(printer.print([['longer', '1s']])).toBe('NAME     AGE\nlonger   1s\n');
    expect(printer.print([['a', '2s']])).toBe('a        2s\n');
  });

  it('let no text move the cursor', () => {
    expect(oneLine('a\u001b[31mb\r\n  c\u202e')).toBe('a?[31mb c?');
  });

  it('S-18 lets a command colour and begin anew, and writes by their numbers all others that would do something to a terminal', () => {
    const own = '\u001b[31mred\u001b[0m\t\n\r\u001b[K\u001b[H\u001b[2J\u001b[3J';
    expect(forTerminal(own)).toBe(own);
    expect(forTerminal('\u001b[2J \u001b]0;x\u0007 \u009b31m \u202e \r')).toBe('\\u001b[2J \\u001b]0;x\\u0007 \\u009b31m \\u202e \\u000d');
    const value = { a: 'b\u009bc\u202e\u001b' };
    expect(JSON.parse(forTerminal(JSON.stringify(value)))).toEqual(value);
  });
});

describe('a unified diff', () => {
  const diff = (before: string, after: string): string =>
    unifiedDiff({ before: { label: 'a', text: before }, after: { label: 'b', text: after }, paint: (_, text) => text });

  it('is empty for equal texts, and counts lines as diff -u does', () => {
    expect(diff('a\n', 'a\n')).toBe('');
    expect(diff('', 'a\nb\n')).toBe('--- a\n+++ b\n@@ -0,0 +1,2 @@\n+a\n+b\n');
    expect(diff('1\n2\n3\n4\n5\n6\n7\n8\n9\n', '1\n2\n3\n4\nfive\n6\n7\n8\n9\n')).toBe('--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n');
  });

  it('leads from one text to the other', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const join = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
        expect(patched(before, diff(join(before), join(after)))).toEqual(after);
      }),
    );
  });
});

/** Applies a unified diff, and checks that what it takes away and keeps is really there. */
function patched(before: readonly string[], diff: string): readonly string[] {
  const result: string[] = [];
  let at = 0;
  for (const line of diff.split('\n').slice(2, -1)) {
    const start = /^@@ -(\d+),(\d+)/.exec(line);
    if (start !== null) {
      const first = Number(start[1]) - (start[2] === '0' ? 0 : 1);
      result.push(...before.slice(at, first));
      at = first;
    } else if (line.startsWith('+')) result.push(line.slice(1));
    else {
      expect(before[at]).toBe(line.slice(1));
      if (line.startsWith(' ')) result.push(line.slice(1));
      at++;
    }
  }
  return [...result, ...before.slice(at)];
}

describe('a proxy that refuses something', () => {
  const now = new Date(2026, 10, 20, 10, 45, 0).getTime();
  const document = { kind: 'HTTPRoute', namespace: 'shop', name: 'checkout', path: 'spec.rules[0]', file: 'route.yaml', line: 9 };
  const proxy: ProxyView = {
    id: 'shop/checkout-1b9',
    namespace: 'shop',
    name: 'checkout-1b9',
    role: 'sidecar',
    identity: 'spiffe://example.mesh/ns/shop/sa/checkout',
    connected: true,
    sync: 'refused',
    envoyVersion: '1.40.0',
    configuredAt: now - 2 * M - 53 * S,
    scope: { services: 4, of: 1000 },
    certificateNotAfter: now + 23 * H,
    memoryBytes: 11_500_000,
    refusals: [{ resource: 'routes checkout.shop.mesh:80', documents: [document], words: 'regex … missing ]', at: now }],
  };

  it('is a row, and a line that names document, words and what runs meanwhile', () => {
    const rows = tableText(['proxy', 'role', 'sync', 'version', 'config age', 'scope', 'memory', 'identity valid'], [proxyRow(plain, proxy, now)], false);
    expect(rows).toBe('shop/checkout-1b9   sidecar   refused   1.40.0   2m53s   4 of 1000 svcs   11.5MB   23h\n');
    expect(refusalLines(plain, proxy, now)).toEqual([
      '  └ HTTPRoute shop/checkout route.yaml:9: envoy says "regex … missing ]"; running the last good configuration of 10:42:07',
    ]);
  });

  it('has no last good configuration when it never had one', () => {
    expect(refusalLines(plain, { ...proxy, configuredAt: 0, refusals: proxy.refusals.map((each) => ({ ...each, documents: [] })) }, now)).toEqual([
      '  └ routes checkout.shop.mesh:80: envoy says "regex … missing ]"; it has no configuration yet',
    ]);
  });
});
