// The names that dashboards for Istio's control plane read, made of ours. What has no counterpart here is not made up.
import type { Family, Sample } from '../../base/index.ts';

const TYPES: Readonly<Record<string, string>> = { cluster: 'cds', endpoints: 'eds', listener: 'lds', routes: 'rds', secret: 'sds', extension: 'ecds' };
const TRIGGERS: Readonly<Record<string, string>> = { endpoints: 'endpoint', configuration: 'config' };

const renamed: Readonly<Record<string, string>> = {
  weft_convergence_seconds: 'pilot_proxy_convergence_time',
  weft_queue_seconds: 'pilot_proxy_queue_time',
  weft_compile_seconds: 'pilot_xds_push_time',
  weft_send_seconds: 'pilot_xds_send_time',
  weft_response_bytes: 'pilot_xds_config_size_bytes',
  weft_responses_total: 'pilot_xds_pushes',
  weft_rejects_total: 'pilot_total_xds_rejects',
  weft_triggers_total: 'pilot_push_triggers',
  weft_internal_errors_total: 'pilot_total_xds_internal_errors',
  weft_services: 'pilot_services',
  weft_routes: 'pilot_virt_services',
  weft_ca_failures_total: 'citadel_server_csr_sign_err_count',
};

function relabelled(labels: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const { type } = labels;
  return type === undefined ? labels : { ...labels, type: TYPES[type] ?? TRIGGERS[type] ?? type };
}

function alias(family: Family, name: string): Family {
  const named = { name, help: `${family.help} The same as ${family.name}.` };
  if (family.type === 'histogram') return { ...named, type: 'histogram', series: family.series.map((each) => ({ ...each, labels: relabelled(each.labels) })) };
  return { ...named, type: family.type, samples: family.samples.map(({ labels, value }) => ({ labels: relabelled(labels), value })) };
}

const samplesOf = (families: readonly Family[], name: string): readonly Sample[] =>
  families.flatMap((family) => (family.name === name && family.type !== 'histogram' ? family.samples : []));

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({ type: 'gauge', name, help, samples });

/** Families under Istio's names, from ours. */
export function pilotFamilies(families: readonly Family[]): readonly Family[] {
  const rejects = samplesOf(families, 'weft_rejects_total');
  return [
    ...families.flatMap((family) => {
      const name = renamed[family.name];
      return name === undefined ? [] : [alias(family, name)];
    }),
    ...['cds', 'eds', 'lds', 'rds'].map((type) =>
      gauge(
        `pilot_xds_${type}_reject`,
        `Resources of ${type} that proxies refused. From weft_rejects_total.`,
        rejects.filter(({ labels }) => TYPES[labels?.['type'] ?? ''] === type).map(({ value }) => ({ value })),
      ),
    ),
    gauge('pilot_xds', 'Connected proxies. The same as weft_proxy_versions.', samplesOf(families, 'weft_proxy_versions')),
    gauge(
      'istio_build',
      'Version of the control plane; always 1.',
      samplesOf(families, 'weft_build_info').map(({ labels, value }) => ({ labels: { component: 'pilot', tag: labels?.['version'] ?? '' }, value })),
    ),
    gauge(
      'citadel_server_root_cert_expiry_timestamp',
      'When the root that issues ends, since 1970.',
      samplesOf(families, 'weft_ca_root_end_seconds')
        .filter(({ labels }) => labels?.['state'] === 'issuing')
        .map(({ value }) => ({ value })),
    ),
  ];
}
