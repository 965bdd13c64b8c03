// weft inject and weft uninject, as a pipeline calls them.
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { CommandModule } from '../../src/cli/command.ts';
import { inject, uninject } from '../../src/cli/commands/inject/index.ts';
import { type Ran, runCommand } from '../kit/commands.ts';

const MANIFESTS = `# of the shop
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 80 }] } # stays as it is
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2 # enough
  template:
    metadata:
      annotations: { weft.dev/proxy-log-level: "off" }
    spec:
      containers:
        - name: app
          image: app:1 # pinned
          readinessProbe: { httpGet: { path: /ready, port: 8080 } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: once }
spec: { template: { metadata: { labels: { weft.dev/inject: disabled } }, spec: { containers: [{ name: app }] } } }
`;

const run = (module: CommandModule, stdin: string, ...argv: readonly string[]): Promise<Ran> =>
  runCommand({ env: {}, cwd: process.cwd() }, module, ['-f', '-', ...argv], { stdin, namespace: 'shop' });

test('manifests get their proxies; comments stay, and it is said what was done', async () => {
  const { code, out, err } = await run(inject, MANIFESTS);
  expect([code, err]).toEqual([0, 'Deployment web -n shop: injected\nJob once -n shop: left alone: it says weft.dev/inject: disabled\n']);
  for (const comment of ['# of the shop', '# stays as it is', '# enough', '# pinned']) expect(out).toContain(comment);
  // As kubectl reads it, YAML 1.1.
  const [, deployment] = parseAllDocuments(out, { version: '1.1' }).map((each) => each.toJS());
  const { initContainers, containers } = deployment.spec.template.spec;
  expect(initContainers.map(({ name }: { name: string }) => name)).toEqual(['weft-init', 'weft-proxy']);
  expect(initContainers[1].args).toEqual(expect.arrayContaining(['--log-level', 'off']));
  expect(containers[0].readinessProbe.httpGet.port).toBe(15021);
});

test('twice is once, and out again is as before', async () => {
  const once = await run(inject, MANIFESTS);
  const twice = await run(inject, once.out);
  expect(twice.out).toBe(once.out);
  expect(twice.err).toContain('Deployment web -n shop: injected before\n');
  const back = await run(uninject, once.out);
  const valuesOf = (text: string): unknown => parseAllDocuments(text).map((each) => each.toJS());
  expect(valuesOf(back.out)).toEqual(valuesOf(MANIFESTS));
  expect(back.err).toBe('Deployment web -n shop: without its proxy\nJob once -n shop: had no proxy\n');
});

test('what is refused is named, and nothing is written', async () => {
  const { code, out, err } = await run(inject, MANIFESTS.replace('"off"', 'loud'));
  expect([code, out]).toEqual([65, '']);
  expect(err).toContain('error WEFT2420  Deployment shop/web  spec.template.metadata.annotations["weft.dev/proxy-log-level"]');
  expect(err).toMatch(/nothing was written {4}docs: WEFT2420\n$/);
});

test('JSON, and manifests without pods', async () => {
  const json = await run(inject, MANIFESTS, '-o', 'json', '--image', 'registry.example.com/proxy:2');
  const { kind, items } = JSON.parse(json.out);
  expect([kind, items.length, items[1].spec.template.spec.initContainers[0].image]).toEqual(['List', 3, 'registry.example.com/proxy:2']);
  expect((await run(inject, 'kind: Service\n')).err).toBe('there are no pods, and no templates of pods, in these manifests\n');
  expect((await run(inject, 'a: [')).code).toBe(65);
});
