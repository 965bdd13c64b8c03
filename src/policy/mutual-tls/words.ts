import type { Effective } from '../effective.ts';
import type { PolicyWords, Site } from '../policy.ts';
import { portOfSite, tlsModeOf } from './compile.ts';

const NOTES = {
  Strict: 'a certificate of the mesh is required',
  Permissive: 'plaintext of callers outside the mesh is let in as well: weft mtls report lists them',
  Disabled: 'callers in the mesh send plaintext, and nobody is asked who he is',
} as const;

/** `Permissive`, with what that means. */
export function mutualTlsWords(effective: Effective, site: Site): PolicyWords {
  const { mode, path } = tlsModeOf(effective, portOfSite(site));
  return { value: mode, path, note: NOTES[mode] };
}
