#!/bin/bash
# The official Gateway API conformance suite (v1.6) against Gateways of Weft, on the cluster of KUBECONFIG.
#   deploy/conformance/run.sh [PROFILE[,PROFILE]...] [SUITE FLAG]...     e.g. run.sh GATEWAY-HTTP -run-test HTTPRouteMatching
# SUITE      the compiled suite: `go test -c -o conformance.test ./conformance` in a checkout of kubernetes-sigs/gateway-api (default gateway-conformance)
# CLASS      a GatewayClass of controller weft.dev/gateway-controller (default weft; made when it is not there, with proxies of 1m CPU)
# FEATURES   what is claimed (default: everything below); REPORT  where the report is written; OPTIONS  a file for -conformance-options-file
#            (usable and unusable addresses; without it GatewayStaticAddresses is not claimed)
# INSTALL    "yes": Weft is installed first, with what the suite needs (two replicas; the Secrets of the suite's namespaces may be read); VALUES: more
#            words for `weft install` (`--set images.pullPolicy=Never`); WEFT: the command (default weft)
# The cluster needs the experimental definitions of Gateway API v1.6, load balancer addresses that this machine reaches, and a control plane: INSTALL=yes, or
# for development      weft up --kubernetes --xds ADDRESS:PORT --proxy-control-plane ADDRESS:PORT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
profiles=${1:-GATEWAY-HTTP,GATEWAY-GRPC,GATEWAY-TLS,GATEWAY-TCP,GATEWAY-UDP}; shift || true
class=${CLASS:-weft}

# As a user does; the suite's Gateways name Secrets of these namespaces, which nobody may read who was not told of them.
install() {
  local weft=${WEFT:-weft} readable=() at=0 namespace
  for namespace in gateway-conformance-infra gateway-conformance-app-backend gateway-conformance-web-backend; do
    kubectl create namespace "$namespace" --dry-run=client -o yaml | kubectl apply -f -
    readable+=(--set "secrets[$at].namespace=$namespace")
    at=$((at + 1))
  done
  $weft install --crds-only | kubectl apply --server-side -f - > /dev/null
  # shellcheck disable=SC2086 # words
  $weft install --no-crds "${readable[@]}" --set "gateways.className=$class" ${VALUES:-} | kubectl apply -f - > /dev/null
  kubectl -n weft-system rollout status deployment/weft --timeout=300s
}

# Gateways of a class whose proxies ask for next to nothing: the suite makes some twenty at a time.
small() {
  kubectl apply -f - << YAML
apiVersion: v1
kind: ConfigMap
metadata: {name: small-gateways, namespace: default}
data: {cpu: 1m, memory: 16Mi, concurrency: "1"}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: $class}
spec:
  controllerName: weft.dev/gateway-controller
  parametersRef: {group: "", kind: ConfigMap, name: small-gateways, namespace: default}
YAML
}

if [[ ${INSTALL:-} == yes ]]; then
  install
  small
fi
kubectl get gatewayclass "$class" > /dev/null 2>&1 || small
features=$(grep -v '^#' "$here/features.txt" | paste -sd,)
static=()
if [[ -n ${OPTIONS:-} ]]; then static=(-conformance-options-file "$OPTIONS"); else features=${features//GatewayStaticAddresses,/}; fi
exec "${SUITE:-gateway-conformance}" -test.run 'TestConformance$' -test.v -test.timeout "${TIMEOUT:-60m}" \
  -gateway-class "$class" -conformance-profiles "$profiles" -supported-features "${FEATURES:-$features}" "${static[@]}" \
  -organization weft -project weft -url https://weft.dev -version "${VERSION:-dev}" -contact weft \
  -report-output "${REPORT:-$here/report.yaml}" "$@"
