// Envoys that are given configuration. An older one passes over fields that it does not know without a word, and then a policy holds less than it says, or everybody
// is let in where it says nobody (CVE-2022-21679): it gets nothing, and whoever runs it is told.

/** The oldest minor version that knows every field that is sent. */
const OLDEST = { major: 1, minor: 39 };

/** Why an Envoy of this version (`1.40.0`, `1.39.1-contrib`) gets no configuration; undefined for one that does, and for one that does not say. */
export function tooOld(version: string): string | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major === undefined || Number(major) > OLDEST.major || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor)) return undefined;
  return `Envoy ${version} is too old: it would pass over parts of policies that it does not know; use ${OLDEST.major}.${OLDEST.minor} or newer (weft run brings one)`;
}
