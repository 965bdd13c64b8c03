import type { Values } from '../../../../install/index.ts';
import type { KubeClient } from '../../../../kube/index.ts';
import { DEPLOYMENTS, listAll, textAt } from '../../../client/kube.ts';
import { type Finding, finding, type Line } from '../line.ts';
import { lineOf } from './line-of.ts';

const OURS = 'app.kubernetes.io/name=weft,app.kubernetes.io/component=control-plane';

/** Whether there is a control plane already; a revision is looked for by its name, since it may stand beside others. */
export function hereLine(client: KubeClient, { revision }: Pick<Values, 'revision'>): Promise<Line> {
  return lineOf('here', 'no control plane of Weft is here yet', async (): Promise<readonly Finding[]> => {
    const all = await listAll(client, DEPLOYMENTS, OURS);
    const found = revision === undefined ? all : all.filter(({ metadata }) => metadata.name === `weft-${revision}`);
    return found.map((each) => {
      const { name, namespace } = each.metadata;
      const words = `${namespace}/${name} is here, version ${textAt(each, 'metadata', 'labels', 'app.kubernetes.io/version')}`;
      return finding('WEFT2472', words, { next: 'weft upgrade --plan' });
    });
  });
}
