// What Gateways are made of, kept by the replica that leads.
import { podBootstrap } from '../../compile/index.ts';
import type { ControlPlane } from '../../control/index.ts';
import { GatewayController, type ProxySettings } from '../../gateways/index.ts';
import { DEFAULT_SETTINGS } from '../../inject/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { Log } from '../logger.ts';
import { WEFT_VERSION } from '../version.ts';
import { serviceOf } from '../webhooks/settings.ts';
import type { Writing } from './leadership.ts';
import type { Serves } from './revision.ts';

/** As it was typed. */
export interface GatewayRequest {
  readonly proxyImage?: string;
  readonly controlPlane?: string;
  readonly imagePullPolicy?: ProxySettings['imagePullPolicy'];
  readonly pullSecrets?: readonly string[];
  /** Where Gateways get something made: everywhere when absent, nowhere when empty. */
  readonly namespaces?: readonly string[];
}

export interface GatewaySettings {
  /** weft/proxy with its tag. */
  readonly image: string;
  readonly imagePullPolicy?: ProxySettings['imagePullPolicy'];
  readonly pullSecrets?: readonly string[];
  /** `host:port` of the control plane, as pods call it. */
  readonly xdsAddress: string;
  readonly revision: string;
  readonly namespaces?: readonly string[];
}

/** A control plane in a pod is in the namespace that its environment names. */
export function gatewaySettings(
  { proxyImage = `weft/proxy:${WEFT_VERSION}`, controlPlane, imagePullPolicy, pullSecrets, namespaces }: GatewayRequest,
  { revision = '', env }: { readonly revision?: string | undefined; readonly env: Readonly<Record<string, string | undefined>> },
): GatewaySettings {
  const namespace = env['POD_NAMESPACE'] || DEFAULT_SETTINGS.namespace;
  const xdsAddress = controlPlane ?? `${serviceOf({ namespace, revision })}:15012`;
  const policy = { ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }), ...(pullSecrets === undefined ? {} : { pullSecrets }) };
  return { image: proxyImage, xdsAddress, revision, ...policy, ...(namespaces === undefined ? {} : { namespaces }) };
}

export interface GatewayKeeping {
  readonly client: KubeClient;
  readonly plane: Pick<ControlPlane, 'mesh'>;
  readonly settings: GatewaySettings;
  readonly serves: Serves;
  readonly log: Log;
}

/** Until the signal aborts: when this replica leads no more. */
export function keepGateways({ client, plane, settings, serves, log }: GatewayKeeping): Writing {
  const { image, imagePullPolicy, pullSecrets, xdsAddress, revision, namespaces } = settings;
  return async (held) => {
    if (namespaces?.length === 0) return;
    const controller = new GatewayController({
      client,
      log,
      instance: `weft${revision === '' ? '' : `-${revision}`}`,
      mesh: () => plane.mesh,
      serves,
      ...(namespaces === undefined ? {} : { namespaces }),
      settings: {
        image,
        ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
        ...(pullSecrets === undefined ? {} : { imagePullSecrets: pullSecrets }),
        bootstrap: podBootstrap({ xdsAddress }),
        ...(revision === '' ? {} : { revision }),
      },
    });
    await controller.run(held);
  };
}
