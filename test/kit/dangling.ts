import { XDS_CLUSTER } from '../../src/compile/plan/names.ts';
import { decodeResource, type Resource } from '../../src/envoy/index.ts';

/** Names that a resource refers to and that no resource has. Secrets come from elsewhere, with two fixed names. */
export function dangling(resources: readonly Resource[]): readonly string[] {
  const has = new Set(resources.map((resource) => `${resource.type} ${resource.name}`));
  const missing = new Set<string>();
  const need = (type: string, wanted: unknown): void => {
    if (typeof wanted === 'string' && !has.has(`${type} ${wanted}`)) missing.add(`${type} ${wanted}`);
  };
  for (const resource of resources) {
    if (resource.type === 'endpoints') {
      need('cluster', resource.name);
      continue;
    }
    const content = contentOf(resource);
    if (resource.type === 'cluster' && JSON.stringify(content).includes('"type":"EDS"')) need('endpoints', resource.name);
    visit(content, (key, value) => {
      if (key === 'route_config_name') need('routes', value);
      if (key === 'cluster' || (key === 'cluster_name' && value !== XDS_CLUSTER)) need('cluster', value);
      if (key === 'weighted_clusters') for (const each of (value as { clusters: { name: string }[] }).clusters) need('cluster', each.name);
    });
  }
  return [...missing];
}

const CONTENT = new Map<string, unknown>();

function contentOf(resource: Resource): unknown {
  const known = CONTENT.get(resource.version) ?? decodeResource(resource);
  CONTENT.set(resource.version, known);
  return known;
}

function visit(value: unknown, each: (key: string, value: unknown) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, each);
  else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      each(key, item);
      visit(item, each);
    }
  }
}
