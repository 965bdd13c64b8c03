// What is made for a Gateway in Kubernetes is called after it: said once, for whoever makes it and for whoever recognises it.

/** Gateway API's label on what belongs to a Gateway (GEP-1762). */
export const GATEWAY_NAME_LABEL = 'gateway.networking.k8s.io/gateway-name';
export const GATEWAY_CLASS_LABEL = 'gateway.networking.k8s.io/gateway-class-name';

/** Names of Services, and values of labels, are no longer. */
const LONGEST = 63;
const SUFFIX = '-weft';

/** 32 bits of a text, in letters and digits. */
function digest(text: string): string {
  let value = 0x811c9dc5; // FNV-1a
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(36).padStart(7, '0');
}

/** A text that is no longer than that, cut and told apart by a digest where it was. */
const cut = (text: string, longest: number): string => (text.length <= longest ? text : `${text.slice(0, longest - 8)}-${digest(text)}`);

/** Name of the ServiceAccount, Deployment and Service of a Gateway: its own with `-weft`, made fit for the name of a Service. */
export function deployedName(gateway: string): string {
  const plain = gateway.replaceAll('.', '-');
  const told = plain === gateway ? plain : `${plain}-${digest(gateway)}`;
  return `${cut(/^[0-9]/.test(told) ? `g${told}` : told, LONGEST - SUFFIX.length)}${SUFFIX}`;
}

/** The value of GATEWAY_NAME_LABEL. */
export function gatewayLabel(gateway: string): string {
  return cut(gateway, LONGEST);
}
