// An external processor behind its own sidecar: marks requests and responses, and refuses paths that begin with /deny. `npm`-free: grpc-js
// and the generated messages. Prints "processor is ready" when it listens.
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { ProcessingRequestSchema, ProcessingResponseSchema } from '#gen/envoy/service/ext_proc/v3/external_processor_pb.js';

type Answer = MessageInitShape<typeof ProcessingResponseSchema>;

const raw = (bytes: Buffer): Buffer => bytes;
const stream = { path: '/envoy.service.ext_proc.v3.ExternalProcessor/Process', requestStream: true, responseStream: true };
const coding = { requestSerialize: raw, requestDeserialize: raw, responseSerialize: raw, responseDeserialize: raw };

function marked(key: string, value: string) {
  return { response: { headerMutation: { setHeaders: [{ header: { key, rawValue: Buffer.from(value) } }] } } };
}

function answerTo(bytes: Buffer): Answer {
  const { request } = fromBinary(ProcessingRequestSchema, bytes);
  if (request.case === 'responseHeaders') return { response: { case: 'responseHeaders', value: marked('x-guarded', 'yes') } };
  if (request.case !== 'requestHeaders') return { response: { case: 'responseHeaders', value: {} } };
  const path = request.value.headers?.headers.find(({ key }) => key === ':path');
  const words = path === undefined ? '' : path.value || Buffer.from(path.rawValue).toString();
  if (words.startsWith('/deny')) return { response: { case: 'immediateResponse', value: { status: { code: 403 }, body: Buffer.from('denied by guard') } } };
  return { response: { case: 'requestHeaders', value: marked('x-processed', words) } };
}

const server = new Server();
server.addService(
  { Process: { ...stream, ...coding } } as never,
  {
    Process: (call: ServerDuplexStream<Buffer, Buffer>) => {
      call.on('data', (bytes: Buffer) => call.write(Buffer.from(toBinary(ProcessingResponseSchema, create(ProcessingResponseSchema, answerTo(bytes))))));
      call.on('end', () => call.end());
      call.on('error', () => undefined);
    },
  } as never,
);
server.bindAsync('0.0.0.0:9000', ServerCredentials.createInsecure(), (problem) => {
  process.stdout.write(problem === null ? 'processor is ready\n' : `${problem.message}\n`);
});
process.on('SIGTERM', () => server.tryShutdown(() => process.exit(0)));
