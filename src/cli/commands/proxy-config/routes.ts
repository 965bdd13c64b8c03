import { at, type Json, list, stringMatch, text } from './json.ts';
import type { Section } from './section.ts';

/** One row for each route of each virtual host, in the order in which Envoy tries them. */
export const routes: Section = {
  headers: ['ROUTES', 'DOMAINS', 'MATCH', 'DESTINATION', 'RULE'],
  rows: ({ name, content }) =>
    list(content, 'virtual_hosts').flatMap((host) =>
      list(host, 'routes').map((route) => [
        name,
        list(host, 'domains').map(String).join(', '),
        matchText(at(route, 'match')),
        action(route),
        text(route, 'name'),
      ]),
    ),
};

function matchText(match: Json): string {
  const path = [
    ['path', '='],
    ['prefix', '*'],
    ['path_separated_prefix', '/*'],
    ['safe_regex.regex', '~'],
  ] as const;
  const words: string[] = [];
  for (const [field, sign] of path) {
    const value = text(match, field);
    if (value !== '') words.push(sign === '=' ? value : sign === '~' ? `~${value}` : `${value}${sign}`);
  }
  for (const header of list(match, 'headers')) words.push(`${text(header, 'name')}${stringMatch(at(header, 'string_match'))}`);
  for (const parameter of list(match, 'query_parameters')) words.push(`?${text(parameter, 'name')}${stringMatch(at(parameter, 'string_match'))}`);
  return words.length === 0 ? 'all' : words.join(' ');
}

function action(route: Json): string {
  const cluster = text(route, 'route.cluster');
  if (cluster !== '') return cluster;
  const weighted = list(route, 'route.weighted_clusters.clusters');
  if (weighted.length > 0) return weighted.map((each) => `${text(each, 'name')} (${text(each, 'weight') || '0'})`).join(', ');
  const status = text(route, 'direct_response.status');
  return status === '' ? '' : `answer ${status}`;
}
