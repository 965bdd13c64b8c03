// An external authorizer behind its own sidecar, over gRPC on 9000 and HTTP on 9001. Over gRPC it denies who has `x-grpc: no`, over HTTP
// who has `x-http: no`; whom it lets pass it tells the application what it knows of him. Prints "authorizer is ready".
import { createServer } from 'node:http';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { CheckRequestSchema, CheckResponseSchema } from '#gen/envoy/service/auth/v3/external_auth_pb.js';

type Answer = MessageInitShape<typeof CheckResponseSchema>;

const raw = (bytes: Buffer): Buffer => bytes;
const coding = { requestSerialize: raw, requestDeserialize: raw, responseSerialize: raw, responseDeserialize: raw };
const option = (key: string, value: string) => ({ header: { key, value } });

function decide(bytes: Buffer): Answer {
  const { attributes } = fromBinary(CheckRequestSchema, bytes);
  const { headers = {}, body = '', rawBody = new Uint8Array() } = attributes?.request?.http ?? {};
  if (headers['x-grpc'] === 'no')
    return {
      status: { code: 7 },
      httpResponse: { case: 'deniedResponse', value: { status: { code: 409 }, body: 'no, says gRPC', headers: [option('x-denied-by', 'grpc')] } },
    };
  const told = [
    option('x-principal', attributes?.source?.principal ?? ''),
    option(
      'x-told',
      Object.keys(headers)
        .filter((name) => name.startsWith('x-say'))
        .sort()
        .join(' '),
    ),
    option('x-body', body || Buffer.from(rawBody).toString()),
  ];
  return { status: { code: 0 }, httpResponse: { case: 'okResponse', value: { headers: told } } };
}

const server = new Server();
server.addService(
  { Check: { path: '/envoy.service.auth.v3.Authorization/Check', requestStream: false, responseStream: false, ...coding } } as never,
  {
    Check: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
      answer(null, Buffer.from(toBinary(CheckResponseSchema, create(CheckResponseSchema, decide(call.request))))),
  } as never,
);
const http = createServer((request, response) => {
  const denied = request.headers['x-http'] === 'no';
  response.writeHead(denied ? 401 : 200, { 'x-path': request.url ?? '', 'x-secret': 'kept', ...(denied ? { 'www-authenticate': 'Basic' } : {}) });
  response.end(denied ? 'no, says HTTP' : '');
}).listen(9001);
server.bindAsync('0.0.0.0:9000', ServerCredentials.createInsecure(), (problem) => {
  process.stdout.write(problem === null ? 'authorizer is ready\n' : `${problem.message}\n`);
});
process.on('SIGTERM', () => {
  http.close();
  server.tryShutdown(() => process.exit(0));
});
