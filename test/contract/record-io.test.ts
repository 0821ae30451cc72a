import assert from 'node:assert/strict';
import { longestRecord, recordHead, recordPadding } from '../../src/contract/record-io.ts';
import { failure } from '../support/failure.ts';

const record = (data: string): string =>
  Buffer.concat([recordHead(data.length, 'x'), Buffer.from(data), recordPadding(data.length)])
    .toString('hex')
    .toUpperCase();

describe('RecordIO', () => {
  it('frames the record abc as the test vector says', () => {
    assert.equal(record('abc'), '0A23D7CE0300000061626300');
  });

  it('pads to a multiple of four, and only what needs it', () => {
    assert.equal(record(''), '0A23D7CE00000000');
    assert.equal(record('abcd'), '0A23D7CE0400000061626364');
    assert.equal(record('abcde'), '0A23D7CE050000006162636465000000');
  });

  it('says a length of 29 bits, and refuses more with the name of the object', () => {
    assert.equal(Buffer.from(recordHead(longestRecord, 'x')).toString('hex'), '0a23d7ceffffff1f');
    assert.throws(
      () => recordHead(longestRecord + 1, 's3://b/big'),
      failure(
        'DataDownloadFailed',
        /^ClientError: Data download failed:s3:\/\/b\/big has 536870912 bytes; a RecordIO record holds 536870911 at most$/,
      ),
    );
  });
});
