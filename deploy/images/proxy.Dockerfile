# The proxy of pods and Gateways: stock Envoy, nft for the container that captures a pod's traffic, and setpriv for the proxy of a node. No shell, no package manager.
#
#   node scripts/images.ts                     lays out what is copied here: .cache/images/proxy
#   docker build -f deploy/images/proxy.Dockerfile --build-arg BASE=…@sha256:… -t weft/proxy:VERSION .cache/images/proxy
#
# BASE as in control-plane.Dockerfile.
ARG BASE
FROM ${BASE}
COPY --chown=0:0 . /
USER 1337:1337
ENTRYPOINT ["/usr/local/bin/envoy"]
