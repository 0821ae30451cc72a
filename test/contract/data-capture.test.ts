import assert from 'node:assert/strict';
import type { CaptureMode, DataCaptureConfig } from '@aws-sdk/client-sagemaker';
import {
  type CapturedEvent,
  captureAll,
  capturedSides,
  captureName,
  captureSummary,
  encodingOf,
  isCaptureEnabled,
  lineAround,
  readCapturedLine,
} from '../../src/contract/data-capture.ts';

const config = (changes: Partial<DataCaptureConfig> = {}): DataCaptureConfig => ({ ...captureAll('s3://bucket/capture'), ...changes });

/** The line with data put in as it stands. */
const line = (event: CapturedEvent, ...data: readonly string[]): string =>
  lineAround(event)
    .map((text, index) => `${text}${data[index] ?? ''}`)
    .join('');

describe('a captured line', () => {
  const event = { eventId: '1b0e…', inferenceTime: new Date('2026-01-31T12:00:00.987Z') };
  const input = { observedContentType: 'text/csv', encoding: 'CSV' } as const;
  const output = { observedContentType: 'text/csv; charset=utf-8', encoding: 'CSV' } as const;

  it('is the one of the contract, byte for byte', () => {
    assert.equal(
      line({ ...event, input, output, inferenceId: 'order-17', customAttributes: 'trace=42' }, '1,2,3', '0.93'),
      '{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"1,2,3","encoding":"CSV"},' +
        '"endpointOutput":{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT","data":"0.93","encoding":"CSV"}},' +
        '"eventMetadata":{"eventId":"1b0e…","inferenceId":"order-17","customAttributes":["trace=42"],"inferenceTime":"2026-01-31T12:00:00Z"},' +
        '"eventVersion":"0"}',
    );
  });

  it('is the one that is published of an endpoint on AWS, byte for byte', () => {
    const published =
      '{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"0.00632,18.00,2.310,0,0.5380,6.5750,65.20,4.0900,1,296.0,15.30,4.98","encoding":"CSV"},' +
      '"endpointOutput":{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT","data":"30.4133586884","encoding":"CSV"}},' +
      '"eventMetadata":{"eventId":"8f45e35c-fa44-40d2-8ed3-1bcab3a596f3","inferenceTime":"2020-07-30T13:36:30Z"},"eventVersion":"0"}';
    const then = { eventId: '8f45e35c-fa44-40d2-8ed3-1bcab3a596f3', inferenceTime: new Date('2020-07-30T13:36:30Z') };
    const data = ['0.00632,18.00,2.310,0,0.5380,6.5750,65.20,4.0900,1,296.0,15.30,4.98', '30.4133586884'];
    assert.equal(line({ ...then, input, output }, ...data), published);
  });

  it('leaves out the side that is not captured', () => {
    const rest = '"eventMetadata":{"eventId":"1b0e…","inferenceTime":"2026-01-31T12:00:00Z"},"eventVersion":"0"}';
    assert.equal(
      line({ ...event, input }, '1,2,3'),
      `{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"1,2,3","encoding":"CSV"}},${rest}`,
    );
    assert.equal(
      line({ ...event, output: { observedContentType: 'image/png', encoding: 'BASE64' } }, 'iVBO'),
      `{"captureData":{"endpointOutput":{"observedContentType":"image/png","mode":"OUTPUT","data":"iVBO","encoding":"BASE64"}},${rest}`,
    );
  });

  it('is one line of JSON, whatever a client sends as text', () => {
    const odd = { observedContentType: 'text/"csv"\t', encoding: 'CSV' } as const;
    const parsed = JSON.parse(line({ ...event, input: odd, inferenceId: '"', customAttributes: 'a\\b,"data":""' }, ''));
    assert.equal(parsed.captureData.endpointInput.observedContentType, odd.observedContentType);
    assert.deepEqual([parsed.eventMetadata.inferenceId, parsed.eventMetadata.customAttributes], ['"', ['a\\b,"data":""']]);
  });
});

describe('the encoding of captured data', () => {
  const types = {
    CsvContentTypes: ['text/csv', 'Text/Comma-Separated-Values'],
    JsonContentTypes: ['application/json', 'application/jsonlines'],
  };

  it('follows the content type before its parameters, in any case', () => {
    const observed = [
      'text/csv',
      'TEXT/CSV ; charset=utf-8',
      'text/comma-separated-values',
      'application/json;x=y',
      'Application/JsonLines',
    ];
    assert.deepEqual(
      observed.map((type) => encodingOf(type, types)),
      ['CSV', 'CSV', 'CSV', 'JSON', 'JSON'],
    );
  });

  it('is base64 for every other type, and for all when no types are given', () => {
    assert.deepEqual(
      ['text/csvx', 'application/x-npy', 'application/vnd+json', ''].map((type) => encodingOf(type, types)),
      ['BASE64', 'BASE64', 'BASE64', 'BASE64'],
    );
    assert.equal(encodingOf('text/csv', undefined), 'BASE64');
    assert.equal(encodingOf('text/csv', { JsonContentTypes: ['application/json'] }), 'BASE64');
  });
});

describe('a captured line that is read', () => {
  it('has what it was written from, whoever wrote it', () => {
    const input = { observedContentType: 'text/csv', encoding: 'CSV' } as const;
    const output = { observedContentType: 'application/x-npy', encoding: 'BASE64' } as const;
    const event = { eventId: 'e', inferenceId: 'i', customAttributes: 'trace=7', inferenceTime: new Date('2026-01-31T12:00:00Z') };
    assert.deepEqual(readCapturedLine(line({ ...event, input, output }, '1,\\"2\\"', 'AP8=')), {
      ...{ eventId: 'e', inferenceId: 'i', customAttributes: 'trace=7', inferenceTime: '2026-01-31T12:00:00Z' },
      input: { contentType: 'text/csv', data: Buffer.from('1,"2"') },
      output: { contentType: 'application/x-npy', data: Buffer.from([0, 255]) },
    });
  });

  it('has the sides that were captured, and whatever else is known', () => {
    assert.deepEqual(
      readCapturedLine('{"captureData":{"endpointOutput":{"data":"1","encoding":"JSON"}},"eventMetadata":{"eventId":"e"}}'),
      {
        ...{ eventId: 'e', output: { contentType: 'application/octet-stream', data: Buffer.from('1') } },
      },
    );
    assert.deepEqual(readCapturedLine('{"captureData":{}}'), {});
  });

  it('says what is wrong with it', () => {
    assert.equal(readCapturedLine('null'), 'it is no JSON object');
    assert.equal(readCapturedLine('{"captureData":{"endpointInput":[]}}'), 'endpointInput is no object');
  });
});

describe('what a DataCaptureConfig captures', () => {
  const sides = (...modes: CaptureMode[]) => capturedSides(config({ CaptureOptions: modes.map((CaptureMode) => ({ CaptureMode })) }));

  it('are the sides that its options name, all of them together', () => {
    assert.deepEqual(sides('Input'), { input: true, output: false });
    assert.deepEqual(sides('Output'), { input: false, output: true });
    assert.deepEqual(sides('InputAndOutput'), { input: true, output: true });
    assert.deepEqual(sides('Output', 'Input'), { input: true, output: true });
  });

  it('is nothing when it is disabled; it is enabled by default', () => {
    const { EnableCapture: _, ...silent } = config();
    assert.deepEqual([isCaptureEnabled(silent), isCaptureEnabled(config({ EnableCapture: false }))], [true, false]);
  });

  it('is told by DescribeEndpoint as Started, or Stopped when it is disabled or cannot write', () => {
    assert.deepEqual(captureSummary(config({ InitialSamplingPercentage: 20, KmsKeyId: 'key' })), {
      EnableCapture: true,
      CaptureStatus: 'Started',
      CurrentSamplingPercentage: 20,
      DestinationS3Uri: 's3://bucket/capture',
      KmsKeyId: 'key',
    });
    assert.equal(captureSummary(config({ EnableCapture: false })).CaptureStatus, 'Stopped');
    assert.equal(captureSummary(config(), false).CaptureStatus, 'Stopped');
  });
});

describe('the name of a captured object', () => {
  it('has the endpoint, the variant and the hour in UTC, and the minute, second and millisecond of its first call', () => {
    const id = '11ff12e8-2a47-4b1f-8a8e-0c4a7a4f3f5e';
    assert.equal(
      captureName('demo', 'AllTraffic', new Date('2026-03-04T00:30:05.007+02:00'), id),
      `demo/AllTraffic/2026/03/03/22/30-05-007-${id}.jsonl`,
    );
  });
});
