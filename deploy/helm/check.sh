#!/usr/bin/env bash
# Compares the chart with `weft install`, object for object, over all the values of test/kit/chart-values.ts, with the Helm (3 or 4) that HELM names.
#
#   npm run setup && HELM=/usr/local/bin/helm deploy/helm/check.sh
#
# Last shown: Helm 4.2.3 (in CI) and 3.19.0.
set -euo pipefail
cd "$(dirname "$0")/../.."
export WEFT_HELM=${HELM:-helm} WEFT_TEST_REQUIRE=helm
node_modules/.bin/node scripts/docs.ts --check
exec node_modules/.bin/node node_modules/vitest/vitest.mjs run --project contract test/contract/chart.test.ts
