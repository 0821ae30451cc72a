import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { parse } from 'yaml';
import { clientVariables, sagemakerConfig, settingFormats, writeSettings } from '../../src/contract/client-settings.ts';

const place = { url: 'http://127.0.0.1:4570', account: '123456789012', region: 'eu-west-1', sagemakerConfig: '/home/o\'neil/$HOME "x"' };

describe('settings for clients', () => {
  it('lead every service to one place, with keys that say the account', () => {
    assert.deepEqual(clientVariables(place), {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4570',
      AWS_ACCESS_KEY_ID: '123456789012',
      AWS_SECRET_ACCESS_KEY: 'sm-local',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      SAGEMAKER_USER_CONFIG_OVERRIDE: place.sagemakerConfig,
    });
    assert.equal(clientVariables({ ...place, s3Endpoint: 'http://minio:9000' }).AWS_ENDPOINT_URL_S3, 'http://minio:9000');
  });

  it('are read by a shell as they were meant, whatever is in them', () => {
    const variables = clientVariables(place);
    const names = Object.keys(variables);
    const script = `${writeSettings(variables, 'bash')}\nenv -0`;
    const env = execFileSync('sh', ['-c', script], { encoding: 'utf8', env: { PATH: process.env.PATH } });
    const read = Object.fromEntries(
      env.split('\0').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    );
    for (const name of names) assert.equal(read[name], variables[name]);
  });

  it('are written as each format quotes them', () => {
    const variables = { NAME: "it's $x" };
    const written = Object.fromEntries(settingFormats.map((format) => [format, writeSettings(variables, format)]));
    assert.deepEqual(written, {
      bash: "export NAME='it'\\''s $x'\n",
      fish: "set -gx NAME 'it\\'s $x'\n",
      powershell: "$env:NAME = 'it''s $x'\n",
      dotenv: 'NAME="it\'s $x"\n',
      json: '{\n  "NAME": "it\'s $x"\n}\n',
      docker: "NAME=it's $x\n",
    });
  });

  it('tell the SageMaker Python SDK of a bucket, and that nothing is to be reported', () => {
    const { SageMaker, SchemaVersion } = parse(sagemakerConfig(place));
    assert.equal(SchemaVersion, '1.0');
    assert.deepEqual(SageMaker.PythonSDK.Modules, {
      TelemetryOptOut: true,
      Session: { DefaultS3Bucket: 'sagemaker-eu-west-1-123456789012' },
    });
  });
});
