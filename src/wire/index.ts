// wire: gRPC and HTTP, servers and clients, at the level of bytes and JSON. TLS 1.3 with pinned roots, deadlines, limits,
// back-pressure and drain are decided here once. It knows nothing of meshes, documents or Envoy: what the bytes mean is the
// business of control, manage, machine and cli, and who a caller is, identity decides from the token that is handed on.
// Errors of the wire itself are WeftErrors of `WIRE_ERRORS`; what the other side refused keeps its own status and words.

export { backoffMs, DEFAULT_RETRY, type RetryOptions, withRetry } from './backoff.ts';
export { type BundleRequest, type EndpointTrust, fetchBundle } from './bundle-client.ts';
export { type BundleServer, type BundleServerOptions, serveBundle } from './bundle-server.ts';
export { type BytesClient, type BytesClientOptions, openBytesClient } from './bytes-client.ts';
export type { ClientTls } from './client-tls.ts';
export { Door, type DoorLimits } from './door.ts';
export { classOfGrpc, GRPC, grpcName, listenFailure, WIRE_ERRORS, type WireErrorCode } from './errors.ts';
export { callUnary, type GrpcClient, type GrpcClientOptions, openGrpcClient, type UnaryOptions } from './grpc-client.ts';
export {
  DEFAULT_GRPC_LIMITS,
  type GrpcLimits,
  type GrpcMethod,
  type GrpcServer,
  type GrpcServerOptions,
  type GrpcService,
  serveGrpc,
  type TlsPair,
} from './grpc-server.ts';
export type { ByteStream, Bytes, CallInfo } from './grpc-stream.ts';
export { beginsTls } from './hello.ts';
export { type HttpClient, type HttpClientOptions, type HttpRequest, openHttpClient, refusal } from './http-client.ts';
export { DEFAULT_HTTP_LIMITS, type HttpLimits, type HttpServer, type HttpServerOptions, serveHttp } from './http-server.ts';
export { openPeerClient, type PeerClient, type PeerClientOptions, type PeerRequest } from './peer-client.ts';
export { fetchPinnedRoot, fingerprintOf, fingerprintsOf, type PinOptions } from './pinned-root.ts';
export { type BytesPost, postBytes } from './post-bytes.ts';
