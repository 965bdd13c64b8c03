# The control plane: `weft up` on a Node of its own, with the Envoy that documents are tried out with; and the agent of a Kubernetes node (`weft node
# --kubernetes`), with nft and nsenter. No shell, no package manager.
#
#   node scripts/images.ts                     lays out what is copied here: .cache/images/control-plane
#   docker build -f deploy/images/control-plane.Dockerfile --build-arg BASE=…@sha256:… -t weft/control-plane:VERSION .cache/images/control-plane
#
# BASE has glibc, libstdc++, trust anchors and nothing that runs: distroless `cc-debian12`, or what your house builds. It has no default,
# so that nobody builds on what a tag means today: name it by its digest.
ARG BASE
FROM ${BASE}
COPY --chown=0:0 . /
ENV WEFT_ENVOY=/usr/local/bin/envoy
ENV NODE_ENV=production
USER 65532:65532
EXPOSE 7400 9443 15012
ENTRYPOINT ["/usr/local/bin/node", "/opt/weft/dist/weft.js"]
