#!/usr/bin/env bash
# The mesh profiles of Gateway API's conformance suite against the cluster of KUBECONFIG, in which Weft injects pods (weft install) and Gateway API's
# definitions are those of the suite's version. Needs kubectl, and the suite as a test binary `gateway-conformance`:
#   go test -c -o gateway-conformance sigs.k8s.io/gateway-api/conformance        (in a module that requires sigs.k8s.io/gateway-api v1.6.3)
# Flags of the suite may follow. REPORT: where the report is written. LABELS: of the suite's namespaces.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
report=${REPORT:-$here/mesh-v1.6.3.yaml}

# Every feature of the profiles, and those of HTTPRoute that tests of the mesh need but no mesh profile holds: unnamed, they are skipped in silence.
features=Mesh,HTTPRoute,GRPCRoute,MeshClusterIPMatching,MeshConsumerRoute,MeshHTTPRouteBackendRequestHeaderModification
features+=,MeshHTTPRouteNamedRouteRule,MeshHTTPRouteQueryParamMatching,MeshHTTPRouteRedirectPath,MeshHTTPRouteRedirectPort
features+=,MeshHTTPRouteRewritePath,MeshHTTPRouteSchemeRedirect
features+=,HTTPRouteResponseHeaderModification,HTTPRouteParentRefPort
features+=,HTTPRoute303RedirectStatusCode,HTTPRoute307RedirectStatusCode,HTTPRoute308RedirectStatusCode

# A test calls a pod by its bare address, which the caller's proxy passes on as it is: under strict mutual TLS, Weft's default, it is refused.
for namespace in gateway-conformance-mesh gateway-conformance-mesh-consumer; do
  kubectl apply -f - <<YAML
apiVersion: v1
kind: Namespace
metadata: { name: $namespace }
---
apiVersion: weft.dev/v1alpha1
kind: MutualTLSPolicy
metadata: { name: conformance, namespace: $namespace }
spec: { targetRefs: [{ kind: Namespace, name: $namespace }], mode: Permissive }
YAML
done

# With a word behind it for each test that failed; what was skipped was not asked for.
gateway-conformance -test.run 'TestConformance$' -test.v -test.timeout "${TIMEOUT:-30m}" \
  -conformance-profiles MESH-HTTP,MESH-GRPC -supported-features "$features" -namespace-labels "${LABELS:-weft.dev/inject=enabled}" \
  -report-output "$report" -organization weft -project weft -url https://weft.dev -contact https://weft.dev -version "${WEFT_VERSION:-0.1.0}" "$@" |
  grep --line-buffered -E '^    --- (PASS|FAIL)|^(FAIL|PASS|ok)$'
