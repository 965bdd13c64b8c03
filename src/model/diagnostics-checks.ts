// What `weft check` and the dashboard find beside the documents: 2360 to 2399. These speak of proxies, machines and the control plane, so they have no
// place in a document.
import type { DiagnosticKind } from './diagnostics.ts';

export const CHECKS = {
  WEFT2365: {
    severity: 'warning',
    title: 'root ends soon',
    docs: 'A root is replaced slowly: every machine must have heard of the new one before the old one ends. Ninety days before the end is the time to begin.',
    hint: 'change to a new root: weft ca rotate --dry-run shows what would hold it up',
  },
  WEFT2366: {
    severity: 'warning',
    title: 'issuer ends soon',
    docs: 'What signs certificates ends within thirty days, and the key of the root above it is not here, so nobody but its owner can renew it.',
    hint: 'get a new issuer from the owner of the root: weft ca rotate --ca-cert CHAIN --ca-key KEY',
  },
  WEFT2367: {
    severity: 'warning',
    title: 'certificate of a proxy ends soon',
    docs: 'A proxy gets a new certificate long before the old one ends. This one should have it and does not.',
    hint: 'look at the log of the control plane; restarting the proxy asks for a new certificate',
  },
  WEFT2368: {
    severity: 'warning',
    title: 'change of the root waits',
    docs: 'The mesh changes from one root to another, and this step waits for proxies, or was halted.',
    hint: 'weft ca show names whom it waits for and since when',
  },
  WEFT2371: {
    severity: 'error',
    title: 'proxy refuses configuration',
    docs: 'Envoy said no to something that it was sent. It runs the last good configuration; the document behind it was put aside for every proxy.',
    hint: 'change the document so that Envoy takes it',
  },
  WEFT2372: {
    severity: 'warning',
    title: 'proxy is behind',
    docs: 'A connected proxy has not acknowledged what it was sent.',
    hint: 'it should take less than a second: a proxy that stays behind is overloaded, or its machine is',
  },
  WEFT2373: {
    severity: 'warning',
    title: 'proxy is not connected',
    docs: 'A workload is registered and its proxy has no stream to the control plane. It goes on with its last configuration, and gets no changes and no certificates.',
    hint: 'look at the machine: does `weft run` still run there, and does it reach the proxies’ port?',
  },
} as const satisfies Readonly<Record<string, DiagnosticKind>>;
