import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { InvokeEndpointWithResponseStreamCommand, type ResponseStream, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import {
  eventStreamType,
  internalStreamFailure,
  longestPart,
  modelStreamError,
  payloadParts,
  readEventStream,
} from '../../src/contract/event-stream.ts';

/** The example of contract runtime-api §4.1. */
const hello = Buffer.from(
  [
    '0000006e000000595197ff15',
    '0d3a6d6573736167652d747970650700056576656e74',
    '0b3a6576656e742d7479706507000b5061796c6f616450617274',
    '0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265616d',
    '68656c6c6f36028f02',
  ].join(''),
  'hex',
);

/** What the unmodified SDK makes of these bytes. */
async function* asSeenBySdk(...chunks: readonly Buffer[]): AsyncGenerator<ResponseStream> {
  const requestHandler = {
    handle: async () => ({ response: { statusCode: 200, headers: { 'content-type': eventStreamType }, body: Readable.from(chunks) } }),
  };
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new SageMakerRuntimeClient({ region: 'us-east-1', credentials, requestHandler });
  const { Body } = await client.send(new InvokeEndpointWithResponseStreamCommand({ EndpointName: 'demo', Body: Buffer.from('x') }));
  yield* Body ?? [];
}

const payloadsOf = async (events: AsyncIterable<ResponseStream>): Promise<readonly Buffer[]> => {
  const payloads: Buffer[] = [];
  for await (const { PayloadPart } of events) payloads.push(Buffer.from(PayloadPart?.Bytes ?? []));
  return payloads;
};
const allOf = async <T>(events: AsyncIterable<T>): Promise<readonly T[]> => {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
};

describe('an event stream', () => {
  it('has the bytes of the example', () => {
    assert.equal(payloadParts(Buffer.from('hello')).toString('hex'), hello.toString('hex'));
  });

  it('is what AWS’s own client takes', async () => {
    const pieces = ['', 'one', 'zwei 🦆'].map((piece) => Buffer.from(piece));
    assert.deepEqual(await payloadsOf(asSeenBySdk(...pieces.map(payloadParts))), pieces);
  });

  it('cuts a piece that is longer than a part may be', async () => {
    const piece = Buffer.alloc(2 * longestPart + 1, 'sm-local ');
    const payloads = await payloadsOf(asSeenBySdk(payloadParts(piece)));
    assert.deepEqual(
      payloads.map(({ length }) => length),
      [longestPart, longestPart, 1],
    );
    assert.ok(Buffer.concat(payloads).equals(piece));
    assert.equal((await payloadsOf(asSeenBySdk(payloadParts(piece.subarray(0, longestPart))))).length, 1);
  });

  for (const code of ['ModelInvocationTimeExceeded', 'StreamBroken'] as const) {
    it(`ends with a ModelStreamError ${code}`, async () => {
      await assert.rejects(payloadsOf(asSeenBySdk(hello, modelStreamError(code))), { name: 'ModelStreamError', ErrorCode: code });
    });
  }

  it('ends with an InternalStreamFailure', async () => {
    await assert.rejects(payloadsOf(asSeenBySdk(internalStreamFailure('no “luck”'))), {
      name: 'InternalStreamFailure',
      Message: 'no “luck”',
    });
  });

  describe('is read', () => {
    const read = (...chunks: readonly Buffer[]) => allOf(readEventStream(Readable.from(chunks)));
    const part = (text: string) => ({ kind: 'part', payload: Buffer.from(text) });

    it('however its bytes are cut', async () => {
      const bytes = Buffer.concat([hello, payloadParts(Buffer.from('🦆')), payloadParts(Buffer.alloc(0))]);
      for (const size of [1, 7, 109, 110, 111, bytes.length]) {
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        assert.deepEqual(await read(...chunks), [part('hello'), part('🦆'), part('')], `${size} bytes at a time`);
      }
      assert.deepEqual(await read(), []);
    });

    it('with its exceptions', async () => {
      const [broken, failed] = await read(modelStreamError('StreamBroken'), internalStreamFailure('why'));
      assert.deepEqual(broken, {
        kind: 'exception',
        type: 'ModelStreamError',
        code: 'StreamBroken',
        message: 'The Transmission Control Protocol (TCP) connection between the client and the model was reset or closed.',
      });
      assert.deepEqual(failed, { kind: 'exception', type: 'InternalStreamFailure', message: 'why' });
    });

    it('and refused when it is damaged or ends too early', async () => {
      for (let at = 0; at < hello.length; at += 1) {
        const damaged = Buffer.from(hello);
        damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
        await assert.rejects(read(damaged), /the event stream is damaged/, `byte ${at}`);
      }
      await assert.rejects(read(hello, hello.subarray(0, 50)), /ends in the middle of a message/);
    });
  });
});
