// Which requests a policy answered in place of the application. Almost all are recognised by comparing flags; an expression is only asked of what
// has failed already.
import {
  type AccessLogFilterSchema,
  CelFilterSchema,
  ComparisonFilter_Op,
  GrpcStatusFilter_Status,
  headerMatcher,
  type MessageInitShape,
  named,
} from '../../envoy/index.ts';

type Filter = MessageInitShape<typeof AccessLogFilterSchema>;

/** Limited, failed on purpose, asked elsewhere, out of time, out of room, silent for too long. */
const FLAGGED: Filter = { filterSpecifier: { case: 'responseFlagFilter', value: { flags: ['RL', 'FI', 'UAEX', 'UT', 'UO', 'SI', 'UMSDR'] } } };

const FAILED: Filter = {
  filterSpecifier: {
    case: 'statusCodeFilter',
    value: { comparison: { op: ComparisonFilter_Op.GE, value: { defaultValue: 400, runtimeKey: 'weft.refusals_from_400' } } },
  },
};

const IS_GRPC: Filter = {
  filterSpecifier: { case: 'headerFilter', value: { header: headerMatcher('content-type', 'prefix', 'application/grpc') } },
};

/** gRPC refuses behind a status of 200. */
const GRPC_REFUSED: Filter = {
  filterSpecifier: {
    case: 'grpcStatusFilter',
    value: { statuses: [GrpcStatusFilter_Status.PERMISSION_DENIED, GrpcStatusFilter_Status.UNAUTHENTICATED, GrpcStatusFilter_Status.UNAVAILABLE] },
  },
};

const all = (...filters: Filter[]): Filter => ({ filterSpecifier: { case: 'andFilter', value: { filters } } });
const any = (...filters: Filter[]): Filter => ({ filterSpecifier: { case: 'orFilter', value: { filters } } });

const OWN_WORDS = ['rbac_access_denied', 'jwt_authn_access_denied', 'reached_concurrency_limit', 'denied_by_admission_control', 'max_duration_timeout'];

const SAYS_SO: Filter = {
  filterSpecifier: {
    case: 'extensionFilter',
    value: named('cel', CelFilterSchema, { expression: OWN_WORDS.map((words) => `response.code_details.startsWith('${words}')`).join(' || ') }),
  },
};

/** Requests that the mesh itself answered because of what somebody wrote. What could not be reached, or had no route, is none. */
export const REFUSED: Filter = any(FLAGGED, all(any(FAILED, all(IS_GRPC, GRPC_REFUSED)), SAYS_SO));
