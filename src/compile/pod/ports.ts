// Fixed places in a pod whose traffic its proxy carries: said once, for the rules, the bootstrap and the listeners alike.

/** Where outgoing connections of the application are sent. On loopback only, so that no neighbour uses it as a way out. */
export const OUTBOUND_PORT = 15001;
/** Where incoming connections are sent. */
export const INBOUND_PORT = 15006;
/** Where questions for names are sent (UDP). */
export const NAMES_PORT = 15053;
/** Where questions for names of Services of the cluster are sent as well (UDP): what is not known there is not answered there. */
export const SERVICE_NAMES_PORT = 15054;
/** Readiness of the proxy, and the application's probes: plaintext, never captured. */
export const READY_PORT = 15021;
/**
 * Where nobody listens: the rules lead from here to the proxy's readiness, so an answer proves that the rules are there. Only in pods whose rules
 * come from outside.
 */
export const GATE_PORT = 15022;
/** The proxy runs as this user, whose connections are not captured; an application that ran as it would not be in the mesh. */
export const PROXY_UID = 1337;
/** From here the proxy dials its own application; what comes from here is not captured again. */
export const TO_APPLICATION = '127.0.0.6';
/** Envoy's place in its container for what is nobody else's: an emptyDir. */
export const PROXY_FOLDER = '/var/lib/weft';
/** Folder of the projected service account token, `token`. */
export const TOKEN_FOLDER = '/var/run/secrets/weft';
/** Folder of the ConfigMap `weft-trust`: `trust.yaml` and `token.yaml`, SDS files. */
export const TRUST_FOLDER = '/etc/weft/trust';
