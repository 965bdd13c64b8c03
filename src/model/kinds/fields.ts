// The vocabulary of field types that the kinds share: names, ports, durations, and objects that know their own fields.
import { z } from 'zod';
import { parseDuration } from '../duration.ts';

/**
 * An object in which an unknown field is an error. zod's issue for unknown fields does not say which ones are known, so the
 * message carries them (as JSON) to `issues.ts`, which turns every one into a diagnostic of its own with a suggestion.
 */
export function fields<S extends z.core.$ZodLooseShape>(shape: S) {
  const known = JSON.stringify(Object.keys(shape));
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined) });
}

const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** RFC 1123 label: names of namespaces, rules, service accounts. */
export const label = z
  .string()
  .max(63, 'must be at most 63 characters')
  .regex(LABEL, 'must be lower-case letters, digits and "-", beginning and ending with a letter or digit');
/** RFC 1123 subdomain: names of documents. */
export const subdomain = z
  .string()
  .max(253, 'must be at most 253 characters')
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    'must be lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit',
  );

/** Whether a text is one, such as a cluster's domain. */
export const isSubdomain = (text: string): boolean => subdomain.safeParse(text).success;

export const portNumber = z.int('must be a whole number from 1 to 65535').min(1, 'must be a port from 1 to 65535').max(65535, 'must be a port from 1 to 65535');

/** RFC 6335 service name, as Kubernetes has it for named ports. */
export const portName = z
  .string()
  .max(15, 'must be at most 15 characters')
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be lower-case letters, digits and "-"')
  .regex(/[a-z]/, 'must contain a letter');

/** Gateway API duration (GEP-2257). */
export const duration = z.string().refine((text) => parseDuration(text) !== undefined, {
  error: 'must be a duration such as "500ms", "10s" or "1h30m" (units h, m, s, ms)',
  params: { code: 'WEFT1205' },
});

/** A duration that is more than nothing. */
export const positiveDuration = duration.refine((text) => parseDuration(text) !== 0, { error: 'must be longer than 0s', params: { code: 'WEFT1205' } });

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const IPV4 = new RegExp(`^${OCTET}(\\.${OCTET}){3}$`);

export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** IPv6 (RFC 4291, §2.2), without zone or brackets. */
export function isIpv6(text: string): boolean {
  const [head = '', tail, ...rest] = text.split('::');
  if (rest.length > 0 || !/^[0-9a-fA-F:.]+$/.test(text)) return false;
  const groups = (part: string): number => {
    if (part === '') return 0;
    const all = part.split(':');
    const last = all.at(-1) ?? '';
    const dotted = isIpv4(last);
    const hex = dotted ? all.slice(0, -1) : all;
    return hex.every((each) => /^[0-9a-fA-F]{1,4}$/.test(each)) ? hex.length + (dotted ? 2 : 0) : Number.NaN;
  };
  const count = groups(head) + groups(tail ?? '');
  return tail === undefined ? count === 8 : count < 8;
}

export const ipAddress = z.string().refine((text) => isIpv4(text) || isIpv6(text), { error: 'must be an IP address such as 10.0.0.7 or 2001:db8::7' });

export const ipv4 = z.string().regex(IPV4, 'must be an IPv4 address such as 10.0.0.7');

const LABEL_KEY = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

/** Labels and selectors. A key is checked by refinement so that the diagnostic can name it. */
export const labels = z.record(
  z.string().regex(LABEL_KEY, 'is not a label key: letters, digits, "-", "_", ".", with an optional DNS prefix and "/"'),
  z.string().regex(LABEL_VALUE, 'is not a label value: at most 63 letters, digits, "-", "_", "."'),
);

export const annotations = z.record(z.string().min(1), z.string());
