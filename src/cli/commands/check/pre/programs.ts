import { ENVOY_VERSION, findEnvoy, SetupError } from '../../../../machine/index.ts';
import { type Finding, finding, type Line } from '../line.ts';

/** The first with node:sqlite as the store needs it, and type stripping as it is. */
const NODE_MAJOR = 24;

/** `version` as in process.versions.node. */
export function nodeLine(version: string): Line {
  const old = Number(version.split('.', 1)[0]) < NODE_MAJOR;
  const words = `Node ${NODE_MAJOR} or newer (${version})`;
  const findings = old ? [finding('WEFT2394', `this is Node ${version}`, { next: 'node --version' })] : [];
  return { id: 'node', words, skipped: '', findings };
}

const NEXT = 'weft run --service hello -- true';

function envoyFindings(find: typeof findEnvoy): { readonly words: string; readonly findings: readonly Finding[] } {
  const words = `Envoy ${ENVOY_VERSION}`;
  try {
    const envoy = find();
    if (envoy !== undefined) return { words: `Envoy ${envoy.version} (${envoy.from}, ${envoy.path})`, findings: [] };
    return { words, findings: [finding('WEFT2392', 'it is not on this machine: the first `weft run` fetches it', { severity: 'info', next: NEXT })] };
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause;
    return { words, findings: [finding('WEFT2392', cause.message, { next: 'weft version' })] };
  }
}

/** Whether an Envoy that can be used is here; `find` is that of the machine. */
export function envoyLine(find: typeof findEnvoy = findEnvoy): Line {
  return { id: 'envoy', skipped: '', ...envoyFindings(find) };
}
