// The Helm chart, file by file. Pure: `npm run docs` writes it to deploy/helm/weft, and a test compares.
import { SUFFIX } from '../manifest.ts';
import { definitionManifests, groups } from '../manifests.ts';
import { type Names, type Term, template } from '../terms/index.ts';
import { chartSchema } from './schema.ts';
import { valuesYaml } from './values.ts';
import { CHECKS, NOTES, readme } from './words.ts';

const MADE = 'made by `npm run docs` of src/install';
const NAMES: Names = new Map<Term, string>([[SUFFIX, '$suffix']]);

const chartYaml = (version: string): string => `# ${MADE}
apiVersion: v2
name: weft
description: "The typed service mesh: the control plane, its rights, webhooks and definitions"
type: application
version: ${version}
appVersion: "${version}"
kubeVersion: ">=1.29.0-0"
`;

/** By path within the chart, for this version of Weft. */
export function chartFiles(version: string): ReadonlyMap<string, string> {
  const templates = groups().flatMap(([file, terms]): [string, string][] =>
    file === '' ? [] : [[`templates/${file}.yaml`, `{{- /* ${MADE} */}}\n${template(terms, NAMES)}`]],
  );
  const crds = definitionManifests().map((each): [string, string] => [
    `crds/${each.metadata.name}.yaml`,
    `# ${MADE}\n${template([each as unknown as Term], new Map())}`,
  ]);
  return new Map([
    ['Chart.yaml', chartYaml(version)],
    ['README.md', readme(version)],
    ['values.yaml', `# Values of the chart, and of \`weft install -f\`; ${MADE}.\n${valuesYaml()}`],
    ['values.schema.json', `${JSON.stringify(chartSchema(), null, 2)}\n`],
    ['templates/checks.yaml', `{{- /* what the schema of values cannot say; ${MADE} */}}\n${CHECKS}`],
    ['templates/NOTES.txt', NOTES],
    ...templates,
    ...crds,
  ]);
}
