// gateways: what a Gateway is made of in a Kubernetes cluster, and who keeps it so. A mesh says what is wanted (compile's gatewayDeployment);
// `objects` says it as a ServiceAccount, a Deployment, a Service and a PodDisruptionBudget; the controller follows what is there, applies what
// differs, and takes away what belongs to nobody. One replica of the control plane does it at a time. It never touches an object that is not its own.
export { GatewayController, type GatewayControllerOptions } from './controller.ts';
export { type GatewayObject, gatewayObjects, type ProxySettings } from './objects.ts';
