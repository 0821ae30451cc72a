import assert from 'node:assert/strict';
import { printEnumSet } from '../../src/contract/enum-set.ts';

describe('printEnumSet', () => {
  it('orders values as published errors of the service do', () => {
    const published = [
      '[Pipe, FastFile, File]',
      '[Pipe, File]',
      '[x86_64, arm64]',
      '[LatLon, LonLat]',
      '[ml.p2.xlarge, ml.m5.4xlarge, ml.m4.16xlarge, ml.p3.16xlarge, ml.m5.large, ml.p2.16xlarge, ml.c4.2xlarge, ml.c5.2xlarge, ml.c4.4xlarge, ml.c5.4xlarge, ml.c4.8xlarge, ml.c5.9xlarge, ml.c5.xlarge, ml.c4.xlarge, ml.c5.18xlarge, ml.p3.2xlarge, ml.m5.xlarge, ml.m4.10xlarge, ml.m5.12xlarge, ml.m4.xlarge, ml.m5.24xlarge, ml.m4.2xlarge, ml.p2.8xlarge, ml.m5.2xlarge, ml.p3.8xlarge, ml.m4.4xlarge]',
    ];
    for (const text of published) assert.equal(printEnumSet(text.slice(1, -1).split(', ').sort()), text);
  });
});
