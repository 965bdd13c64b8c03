import { findSystemProgram } from '../command.ts';

/** Programs that transparent capture uses, and the package that has them on Debian and its kin. */
const PACKAGES = { unshare: 'util-linux', nsenter: 'util-linux', setpriv: 'util-linux', ip: 'iproute2', nft: 'nftables', pasta: 'passt' } as const;

export type Tool = keyof typeof PACKAGES;

/** What is missing of `tools`, in words that name the package. */
export function missingTools(tools: readonly Tool[]): readonly string[] {
  return tools
    .filter((tool) => findSystemProgram(tool) === undefined)
    .map((tool) => `${tool} is not installed (Debian, Ubuntu: apt-get install ${PACKAGES[tool]})`);
}

/** Full path of a tool; its bare name when it is not there, so that running it says so. */
export function tool(name: Tool): string {
  return findSystemProgram(name) ?? name;
}

/** `host:port`, with brackets for IPv6. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The host is this machine's loopback, which another network namespace does not have. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
