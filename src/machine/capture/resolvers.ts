import { readFileSync } from 'node:fs';

/** `nameserver` lines of resolv.conf(5), in order. Without any, the C library asks 127.0.0.1: so do we. */
export function parseResolvers(text: string): readonly string[] {
  const found = text.split('\n').flatMap((line) => {
    const [word, address] = line.trim().split(/\s+/);
    return word === 'nameserver' && address !== undefined ? [address] : [];
  });
  return found.length === 0 ? ['127.0.0.1'] : found;
}

/** The host's resolvers, as this process sees them. */
export function hostResolvers(): readonly string[] {
  try {
    return parseResolvers(readFileSync('/etc/resolv.conf', 'utf8'));
  } catch {
    return parseResolvers('');
  }
}
