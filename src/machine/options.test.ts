import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WeftError } from '../base/index.ts';
import { parseHostPort, parsePort, parsePorts, parseUpstream } from './options.ts';

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof WeftError && error.code === 'machine/usage') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('--port', () => {
  test('a port, a mapping, a protocol, a name', () => {
    expect(parsePort('8080')).toEqual({ name: 'port-8080', port: 8080 });
    expect(parsePort('443:8443')).toEqual({ name: 'port-443', port: 8443, servicePort: 443 });
    expect(parsePort('5432/tcp')).toEqual({ name: 'port-5432', port: 5432, protocol: 'tcp' });
    expect(parsePort('api=80:9090/grpc', 'http')).toEqual({ name: 'api', port: 9090, servicePort: 80, protocol: 'grpc' });
    expect(parsePort('9090', 'h2c')).toEqual({ name: 'port-9090', port: 9090, protocol: 'h2c' });
  });

  test('a mistake is named, with what to write', () => {
    expect(refusal(() => parsePort('0'))).toContain('"0" is not a port from 1 to 65535');
    expect(refusal(() => parsePort('80:70000'))).toContain('"70000"');
    expect(refusal(() => parsePort('80/udp'))).toContain('"udp" is not a protocol Weft knows\n  it knows http, h2c, grpc, tcp');
    expect(refusal(() => parsePort('a:b:c'))).toContain('--port a:b:c');
    expect(refusal(() => parsePorts(['80', '81:80']))).toContain('--port 80 is given twice');
    expect(refusal(() => parsePorts(['x=80', 'x=81']))).toContain('two ports are named "x"');
    expect(refusal(() => parsePorts(['80'], 'smtp'))).toContain('"smtp"');
  });

  test('any text is either a valid port or a refusal', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const { port } = parsePort(text);
          expect(port).toBeGreaterThan(0);
          expect(port).toBeLessThan(65_536);
        } catch (error) {
          expect(error).toBeInstanceOf(WeftError);
        }
      }),
    );
  });
});

test('--upstream', () => {
  expect(parseUpstream('db.shop:5432')).toEqual({ service: 'db.shop', port: 5432 });
  expect(refusal(() => parseUpstream('db'))).toContain('SERVICE:PORT');
  expect(refusal(() => parseUpstream('db:0'))).toContain('SERVICE:PORT');
});

test('--control-plane', () => {
  expect(parseHostPort('mesh.example.com', 7401)).toEqual({ host: 'mesh.example.com', port: 7401 });
  expect(parseHostPort('10.0.0.1:99', 7401)).toEqual({ host: '10.0.0.1', port: 99 });
  expect(parseHostPort('[2001:db8::1]:99', 7401)).toEqual({ host: '2001:db8::1', port: 99 });
  expect(refusal(() => parseHostPort('2001:db8::1', 7401))).toContain('[2001:db8::1]:7401');
  expect(refusal(() => parseHostPort('http://x', 7401))).toContain('HOST:PORT');
});
