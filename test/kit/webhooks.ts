// Webhooks in a process of their own, as the control plane of a cluster has them: prints `listening PORT`, and whatever fails in them.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/bin/clock.ts';
import { openWebhooks } from '../../src/bin/webhooks/open.ts';
import { webhookSettings } from '../../src/bin/webhooks/settings.ts';
import { Authority } from '../../src/identity/index.ts';

const directory = mkdtempSync(join(process.env['WEFT_DATA'] ?? tmpdir(), 'webhooks-'));
const webhooks = await openWebhooks({
  settings: webhookSettings({ host: '127.0.0.1', port: 0, names: [] }, {}),
  authority: Authority.open({ directory, trustDomain: 'example.mesh', clock: systemClock }),
  store: { get: () => undefined },
  analyze: () => async () => [],
  clock: systemClock,
  log: (level, message, details) => void process.stderr.write(`${level} ${message} ${JSON.stringify(details)}\n`),
});
process.stdout.write(`listening ${webhooks.port}\n`);
