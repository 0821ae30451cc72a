import assert from 'node:assert/strict';
import { printAnswer } from '../../src/cli/invoke-printer.ts';
import type { Io } from '../../src/cli/io.ts';
import type { Sink } from '../../src/cli/sink.ts';
import { internalStreamFailure, modelStreamError, payloadParts } from '../../src/contract/event-stream.ts';
import type { InvokeValues } from '../../src/options/invoke-options.ts';

/** What stands on stdout and stderr, piece by piece. */
function terminal(isTerminal = false): { readonly io: Io; readonly out: readonly string[]; readonly err: readonly string[] } {
  const sink = (texts: string[]): Sink => ({ isTerminal, width: undefined, write: async (text) => void texts.push(String(text)) });
  const out: string[] = [];
  const err: string[] = [];
  return { io: { out: sink(out), err: sink(err), env: {}, cwd: '/', color: false, now: () => new Date(0) }, out, err };
}

async function* streamOf(...messages: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* messages;
}

const print = (io: Io, values: Partial<InvokeValues>, chunks: AsyncIterable<Buffer>, status = 200, headers = {}): Promise<number> =>
  printAnswer({ status, headers, chunks }, { stream: true, json: false, ...values } as InvokeValues, io);

const duck = Buffer.from('🦆');
const time = '1970-01-01T00:00:00.000Z';
const remedy = "Look at the container's own log lines: sm-local logs <endpoint>";
const broken = 'The Transmission Control Protocol (TCP) connection between the client and the model was reset or closed. (StreamBroken)';

describe('what sm-local invoke --stream prints', () => {
  it('is each part as it comes, and nothing else', async () => {
    const { io, out, err } = terminal();
    assert.equal(await print(io, {}, streamOf(payloadParts(Buffer.from('one')), payloadParts(Buffer.from('two')))), 0);
    assert.deepEqual([out, err], [['one', 'two'], []]);
  });

  it('ends its line on a terminal', async () => {
    for (const [said, shown] of [
      ['one', 'one\n'],
      ['one\n', 'one\n'],
      ['', ''],
    ] as const) {
      const { io, out } = terminal(true);
      await print(io, {}, streamOf(payloadParts(Buffer.from(said))));
      assert.equal(out.join(''), shown);
    }
  });

  it('is an event for each part, in whole characters, and the result at last', async () => {
    const { io, out } = terminal();
    const parts = [Buffer.from('one'), duck.subarray(0, 3), duck.subarray(3), duck.subarray(0, 2)].map(payloadParts);
    const headers = { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-sagemaker-content-type': 'text/plain' };
    assert.equal(await print(io, { json: true }, streamOf(...parts), 200, headers), 0);
    assert.deepEqual(
      out.map((line) => JSON.parse(line)),
      [
        { time, event: 'part', body: 'one' },
        { time, event: 'part', body: '' },
        { time, event: 'part', body: '🦆' },
        { time, event: 'part', body: '' },
        { time, event: 'part', body: '\ufffd' },
        { time, event: 'result', contentType: 'text/plain' },
      ],
    );
  });

  it('ends with what went wrong on the way, and 1 when that was the image’s fault', async () => {
    const { io, out, err } = terminal(true);
    assert.equal(await print(io, {}, streamOf(payloadParts(Buffer.from('half')), modelStreamError('StreamBroken'))), 1);
    assert.deepEqual([out.join(''), err.join('')], ['half\n', `ModelStreamError: ${broken}\n${remedy}\n`]);
    const json = terminal();
    assert.equal(await print(json.io, { json: true }, streamOf(modelStreamError('StreamBroken'))), 1);
    assert.deepEqual(JSON.parse(json.out[0] ?? ''), {
      ...{ time, event: 'error', code: 'ModelStreamError', blame: 'image', message: broken },
      remedy,
    });
    const ours = terminal();
    assert.equal(await print(ours.io, {}, streamOf(internalStreamFailure('why'))), 3);
    assert.match(ours.err.join(''), /^InternalStreamFailure: why\nThis is a defect in sm-local/);
  });

  it('is the error of a request that is refused before', async () => {
    const { io, out, err } = terminal();
    const body = streamOf(Buffer.from('{"Message":"not found"}'));
    assert.equal(await print(io, {}, body, 400, { 'x-amzn-errortype': 'ValidationError' }), 2);
    assert.deepEqual([out, err.join('')], [[], 'ValidationError: not found\nCheck the name of the endpoint and the request.\n']);
  });
});
