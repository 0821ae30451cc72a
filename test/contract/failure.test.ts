import assert from 'node:assert/strict';
import { clip } from '../../src/contract/clip.ts';
import {
  algorithmError,
  archiveTooLarge,
  artifactUploadFailed,
  artifactUploadForbidden,
  dataDownloadFailed,
  extractFailed,
  imageNotPulled,
  internalServerError,
  longestFailureReason,
  missingLabel,
  modelDownloadFailed,
  modelDownloadTimedOut,
  noCapacity,
  noEndpointCapacity,
  outOfMemory,
  partialFastFilePrefix,
  pingFailed,
  reason,
} from '../../src/contract/failure.ts';

describe('algorithmError', () => {
  it('leaves the comma in place without a failure file, and with an empty one', () => {
    assert.equal(algorithmError(1), 'AlgorithmError: , exit code: 1');
    assert.equal(algorithmError(137, ''), 'AlgorithmError: , exit code: 137');
  });

  it('puts the text of the failure file before the code, as it stands', () => {
    assert.equal(algorithmError(3, 'bad data'), 'AlgorithmError: bad data, exit code: 3');
    assert.equal(
      algorithmError(1, 'ExecuteUserScriptError:\nExitCode 1\n'),
      'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\n, exit code: 1',
    );
  });

  it('cuts the text, never the code, at 1024 characters in all', () => {
    const text = algorithmError(255, 'x'.repeat(5000));
    assert.equal(text.length, longestFailureReason);
    assert.match(text, /^AlgorithmError: x+, exit code: 255$/);
    const room = 1024 - 'AlgorithmError: , exit code: 1'.length;
    assert.equal(algorithmError(1, 'x'.repeat(room)).length, 1024);
    assert.equal(algorithmError(1, 'x'.repeat(room + 1)), algorithmError(1, 'x'.repeat(room)));
  });

  it('counts characters, not bytes', () => {
    const room = 1024 - 'AlgorithmError: , exit code: 1'.length;
    const text = algorithmError(1, 'ü'.repeat(5000));
    assert.equal(text, `AlgorithmError: ${'ü'.repeat(room)}, exit code: 1`);
    assert.equal(Buffer.byteLength(text), 1024 + room);
  });

  it('never splits a character of two units', () => {
    for (const before of ['', 'x']) {
      const text = algorithmError(1, before + '😀'.repeat(1000));
      assert.equal(Buffer.from(text).toString(), text);
      assert.ok(text.length === 1024 || text.length === 1023);
    }
  });
});

describe('failure reasons', () => {
  it('are worded as the cloud words them', () => {
    assert.equal(
      outOfMemory(),
      'ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance.',
    );
    assert.equal(dataDownloadFailed('No such file'), 'ClientError: Data download failed:No such file');
    assert.equal(artifactUploadFailed('Error 7'), 'ClientError: Artifact upload failed:Error 7');
    assert.equal(artifactUploadForbidden(), 'ClientError: Artifact upload failed:Error 7: AccessDenied (403): Access Denied');
    assert.match(partialFastFilePrefix(), /^ClientError: Data download failed:Failed to download data\. For FastFile mode, partial S3/);
    assert.equal(
      imageNotPulled(),
      'ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.',
    );
    assert.match(noCapacity(), /^CapacityError: Unable to provision requested ML compute capacity\./);
    assert.equal(internalServerError(), 'InternalServerError: We encountered an internal error. Please try again.');
    assert.equal(
      pingFailed('AllTraffic'),
      'The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint.',
    );
    assert.match(pingFailed('v', 'container-2'), /^The container-2 container for production variant v /);
    assert.equal(
      extractFailed('s3://b/m.tar.gz'),
      'Failed to extract model data archive from URL "s3://b/m.tar.gz". Please ensure that the object located at the URL is a valid tar.gz archive.',
    );
    assert.equal(
      modelDownloadFailed('s3://b/m.tar.gz'),
      'Failed to download model data for container "container_1" from URL: "s3://b/m.tar.gz". Please ensure that there is an object located at the URL and that the role passed to CreateModel has permissions to download the object.',
    );
    assert.match(modelDownloadTimedOut('s3://b/m.tar.gz', 60), /^Failed to download model data .* within 60 seconds\./);
    assert.match(archiveTooLarge('s3://b/m.tar.gz'), /The model data archive is too large\./);
    assert.match(
      missingLabel('i', 'com.amazonaws.sagemaker.capabilities.multi-models'),
      /^Your Ecr Image i does not contain required com\..*=true/,
    );
    assert.match(noEndpointCapacity(), /InsufficientInstanceCapacity/);
  });

  it('are never longer than the field', () => {
    for (const text of [dataDownloadFailed('x'.repeat(9999)), extractFailed('x'.repeat(9999)), reason('x'.repeat(9999))]) {
      assert.equal(text.length, 1024);
    }
  });
});

describe('clip', () => {
  it('keeps what fits and cuts between characters', () => {
    assert.equal(clip('abc', 3), 'abc');
    assert.equal(clip('abcd', 3), 'abc');
    assert.equal(clip('a😀b', 2), 'a');
    assert.equal(clip('a😀b', 3), 'a😀');
    assert.equal(clip('😀', 1), '');
    assert.equal(clip('abc', 0), '');
  });
});
