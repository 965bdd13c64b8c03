import { address, at, list, text } from './json.ts';
import type { Section } from './section.ts';

/** Health as Envoy's API has it: what is not said is healthy until somebody finds out otherwise. */
function status(value: string): string {
  return value === '' || value === 'UNKNOWN' ? 'HEALTHY' : value;
}

/** One row for each endpoint as the control plane gave it; what Envoy itself found out (outliers) is not part of it. */
export const endpoints: Section = {
  headers: ['ENDPOINT', 'STATUS', 'WEIGHT', 'ZONE', 'PRIORITY', 'CLUSTER'],
  rows: ({ name, content }) => {
    const rows = list(content, 'endpoints').flatMap((locality) =>
      list(locality, 'lb_endpoints').map((endpoint) => {
        const { host, port } = address(at(endpoint, 'endpoint.address'));
        return [
          port === '' ? host : `${host}:${port}`,
          status(text(endpoint, 'health_status')),
          text(endpoint, 'load_balancing_weight') || '1',
          text(locality, 'locality.zone') || '-',
          text(locality, 'priority') || '0',
          name,
        ];
      }),
    );
    return rows.length > 0 ? rows : [['<none>', '-', '-', '-', '-', name]];
  },
};
