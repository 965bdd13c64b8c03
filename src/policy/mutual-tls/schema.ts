import { z } from 'zod';
import { attachment, fields, portNumber } from '../../model/index.ts';

/** Strict: peers with a certificate of the mesh, nobody else. Permissive: also plaintext. Disabled: the mesh itself sends plaintext, too. */
export const TLS_MODES = ['Strict', 'Permissive', 'Disabled'] as const;
export type TlsMode = (typeof TLS_MODES)[number];

const mode = z.enum(TLS_MODES);

/** No defaults in here: a field left out is inherited. */
export const mutualTlsSchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service'], { selector: true }),
  mode: mode.optional(),
  /** Ports of the application that differ. */
  ports: z
    .array(fields({ port: portNumber, mode }))
    .min(1, 'must not be empty')
    .max(64, 'at most 64 entries')
    .optional(),
});
export type MutualTlsSpec = z.output<typeof mutualTlsSchema>;
