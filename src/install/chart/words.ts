// What of the chart is words, and what is asked of values that no schema can say.
import { valuesTable } from './values.ts';

const refused = (when: string, code: string, words: string): string => `{{- if ${when} }}\n{{- fail (printf "${code} ${words}) }}\n{{- end }}`;

/** The same that read-values.ts says. */
export const CHECKS = `${[
  refused(
    'and $.Values.namespace (ne (toString $.Values.namespace) $.Release.Namespace)',
    'WEFT2463',
    'namespace: the values say %s, and the release is in %s: say it once, as -n" $.Values.namespace $.Release.Namespace',
  ),
  refused(
    'has $.Release.Namespace (list "default" "kube-system")',
    'WEFT2462',
    'namespace: the control plane does not run in %s: helm install weft … -n weft-system --create-namespace" $.Release.Namespace',
  ),
  refused(
    'and $.Values.controlPlane.data.claim (gt (int $.Values.controlPlane.replicas) 1)',
    'WEFT2461',
    'controlPlane.data.claim: one volume cannot be the data folder of %d replicas" (int $.Values.controlPlane.replicas)',
  ),
  refused(
    'and $.Values.mesh (hasKey (default dict $.Values.mesh) "trustDomain") (ne (toString (get (default dict $.Values.mesh) "trustDomain")) $.Values.trustDomain)',
    'WEFT2463',
    'mesh.trustDomain: the Mesh says %s, and trustDomain is %s" (toString $.Values.mesh.trustDomain) $.Values.trustDomain',
  ),
  refused(
    'and $.Values.webhooks.clientNames (not $.Values.webhooks.clientAuthority)',
    'WEFT2473',
    'webhooks.clientNames: nobody is recognised by a name without clientAuthority"',
  ),
].join('\n')}\n`;

export const NOTES = `Weft {{ .Chart.AppVersion }} is in namespace {{ .Release.Namespace }}.
{{- $suffix := ternary (printf "-%s" (toString .Values.revision)) "" (not (kindIs "invalid" .Values.revision)) }}

  kubectl -n {{ .Release.Namespace }} rollout status deployment/weft{{ $suffix }}
  kubectl label namespace NAMESPACE weft.dev/inject=enabled{{ with .Values.revision }} weft.dev/rev={{ . }}{{ end }}
  kubectl -n NAMESPACE rollout restart deployment

Its pods meet the Pod Security Standard "restricted"; let the namespace enforce it:

  kubectl label namespace {{ .Release.Namespace }} weft.dev/inject=disabled pod-security.kubernetes.io/enforce=restricted pod-security.kubernetes.io/warn=restricted

Helm installs definitions (folder crds) and never changes them. Before an upgrade:

  weft install --crds-only | kubectl apply --server-side -f -
`;

/** README.md of the chart. */
export const readme = (version: string): string => `# Weft as a Helm chart

Version ${version}. It renders what \`weft install\` prints for the same values; both are made of \`src/install\`, and the tests compare them by Helm itself. Do not edit
what is here: \`npm run docs\` writes it.

    kubectl apply --server-side -f https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.3/standard-install.yaml
    helm install weft deploy/helm/weft -n weft-system --create-namespace

**Namespace.** It is that of the release (\`-n\`), and so no value. Helm makes it; the labels that \`weft install\` gives it are in the notes after installing. There is no hook and no job.

**Definitions.** They are in \`crds/\`: Helm installs them first, keeps them when the release goes, and never changes them. Before an upgrade:

    weft install --crds-only | kubectl apply --server-side -f -        # or: kubectl apply --server-side -f deploy/helm/weft/crds
    helm upgrade weft deploy/helm/weft -n weft-system --reset-then-reuse-values

Pods keep their proxies until they are made anew; \`weft upgrade --plan\` reads the values of the release, and says what an upgrade to its own version changes and which pods to restart.

**Rollback** (\`helm rollback\`) puts back what the release had; definitions stay as they are, and the authority (Secret \`weft-ca\`), which is not Helm's, stays too.

**Revisions.** Another control plane beside it is another release in the same namespace: \`helm install weft-canary deploy/helm/weft -n weft-system --set revision=canary
--set gateways.className=weft-canary\`. A release owns its GatewayClass, so each needs a name of its own; \`mesh\` belongs to one release alone.

**Remove.** \`helm uninstall weft -n weft-system\`, after the pods of meshed namespaces were made anew without a label. What stays: definitions and documents, Secret \`weft-ca\`, ConfigMaps \`weft-trust\`;
\`weft uninstall\` names them.

A value that nobody knows is refused by \`values.schema.json\`. \`deploy/helm/check.sh\` compares the chart with \`weft install\` over many values, with any Helm 3 or 4.

${valuesTable()}
`;
