// The images as nodes run them: with the users, the read-only root and the missing capabilities of the manifests.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WEFT_VERSION } from '../../../src/bin/version.ts';
import { applyAll, hasBed, kubectl, told } from '../../kit/bed.ts';
import { needs } from '../../kit/require.ts';

const NAMESPACE = 'weft-images';
const RESTRICTED = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };

/** A pod that runs one thing and ends. */
const once = (name: string, image: string, container: object): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    restartPolicy: 'Never',
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name, image: `weft/${image}:${WEFT_VERSION}`, imagePullPolicy: 'Never', securityContext: RESTRICTED, ...container }],
  },
});

describe.skipIf(needs('bed', hasBed).skip)('images', () => {
  beforeAll(async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    applyAll({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } });
    // Pods that nobody makes again need the account at once.
    await kubectl('-n', NAMESPACE, 'wait', 'serviceaccount/default', '--for=create', '--timeout=60s');
    applyAll(
      once('version', 'control-plane', { args: ['version'] }),
      once('envoy', 'proxy', { args: ['--version'] }),
      once('nft', 'proxy', { command: ['/usr/sbin/nft', '--version'] }),
      once('shell', 'proxy', { command: ['/bin/sh', '-c', 'true'] }),
    );
  });
  afterAll(() => kubectl('delete', 'namespace', NAMESPACE, '--wait=false'));

  const ended = async (name: string): Promise<string> => {
    await kubectl('-n', NAMESPACE, 'wait', `pod/${name}`, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s').catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await told(NAMESPACE)}\n${await kubectl('-n', NAMESPACE, 'logs', name).catch(String)}`);
    });
    return kubectl('-n', NAMESPACE, 'logs', name);
  };

  test('the control plane runs, with an Envoy to try documents with', async () => {
    expect(await ended('version')).toMatch(new RegExp(`weft +${WEFT_VERSION}[\\s\\S]*envoy +1\\.40\\.0[\\s\\S]*node +24\\.`));
  });

  test('the proxy and nft run', async () => {
    expect(await ended('envoy')).toContain('/1.40.0/');
    expect(await ended('nft')).toMatch(/^nftables v/);
  });

  test('there is no shell', async () => {
    await kubectl('-n', NAMESPACE, 'wait', 'pod/shell', '--for=jsonpath={.status.phase}=Failed', '--timeout=60s');
    expect(await kubectl('-n', NAMESPACE, 'get', 'pod', 'shell', '-o', 'yaml')).toMatch(/no such file or directory/);
  });
});
