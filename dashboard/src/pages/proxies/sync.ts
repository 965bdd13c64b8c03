import type { ProxyView } from '../../../../src/api/index.ts';
import type { StateName } from '../../parts/state.tsx';

/** How it is with what a proxy was sent. */
export const SYNC_STATES: Readonly<Record<ProxyView['sync'], StateName>> = { refused: 'bad', pending: 'warn', disconnected: 'none', 'in sync': 'ok' };
