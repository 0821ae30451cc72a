import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssumedRole, type RoleKeys } from '../../src/credentials/assume-role.ts';
import { isError } from '../../src/errors.ts';
import { eventually } from '../support/containers.ts';
import { failure } from '../support/failure.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { isInstalled } from '../support/programs.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const role = { arn: 'arn:aws:iam::123456789012:role/data-science', profile: 'work' };
const never = new AbortController().signal;

describe('a real role', function () {
  this.timeout(30_000);
  const { PATH } = process.env;
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    process.env.PATH = `${directory.path}:${PATH}`;
  });
  afterEach(async () => {
    process.env.PATH = PATH;
    await directory[Symbol.asyncDispose]();
  });

  /** Stands in for the AWS CLI: a program in JavaScript that notes what it was asked, one line a call, and knows how many calls there were. */
  async function aws(body: string): Promise<void> {
    const asked = JSON.stringify(join(directory.path, 'asked'));
    const lines = [
      `#!${process.execPath}`,
      `const { appendFileSync, readFileSync } = require('node:fs');`,
      `appendFileSync(${asked}, process.argv.slice(2).join(' ') + '\\n');`,
      `const count = readFileSync(${asked}, 'utf8').trim().split('\\n').length;`,
      body,
    ];
    await writeFile(join(directory.path, 'aws'), lines.join('\n'), { mode: 0o755 });
  }
  const asked = async (): Promise<string[]> => (await readFile(join(directory.path, 'asked'), 'utf8')).trim().split('\n');
  const givesKeysFor = (seconds: number): string => `
    const Expiration = new Date(Date.now() + ${seconds} * 1000).toISOString();
    console.log(JSON.stringify({ Credentials: { AccessKeyId: 'ASIA' + count, SecretAccessKey: 'secret', SessionToken: 'token', Expiration } }));
  `;
  const failsWith = (text: string): string => `console.error(${JSON.stringify(text)}); process.exit(254);`;

  it('is assumed by the user’s own AWS CLI, with their profile', async () => {
    await aws(givesKeysFor(3600));
    const { arn, first } = await AssumedRole.assume(role, 'sm-local-job', never);
    assert.equal(arn, role.arn);
    assert.deepEqual(first.keys, { AccessKeyId: 'ASIA1', SecretAccessKey: 'secret', Token: 'token' });
    assert.ok(Math.abs(first.expiration.getTime() - Date.now() - 3_600_000) < 10_000);
    assert.deepEqual(await asked(), [
      `sts assume-role --role-arn ${role.arn} --role-session-name sm-local-job --output json --profile work`,
    ]);
  });

  it('is renewed before its credentials end, and no more when nobody wants them', async () => {
    await aws(givesKeysFor(1));
    const assumed = await AssumedRole.assume(role, 'sm-local-job', never);
    const put: RoleKeys[] = [];
    const renewal = assumed.keepRenewed(
      async (keys) => void put.push(keys),
      (message) => assert.fail(message),
    );
    await eventually(async () => put.length >= 2, 'it is not renewed');
    await renewal[Symbol.asyncDispose]();
    assert.deepEqual(
      put.slice(0, 2).map(({ keys }) => keys.AccessKeyId),
      ['ASIA2', 'ASIA3'],
    );
  });

  it('that cannot be renewed is told, in the words of the program', async () => {
    await aws(givesKeysFor(1));
    const assumed = await AssumedRole.assume(role, 'sm-local-job', never);
    await aws(failsWith('The SSO session has expired'));
    let warned = '';
    const renewal = assumed.keepRenewed(
      async () => {},
      (message) => {
        warned = message;
      },
    );
    await eventually(async () => warned !== '', 'nothing is told');
    assert.match(warned, /could not be renewed: .*The SSO session has expired/);
    await renewal[Symbol.asyncDispose]();
  });

  it('that may not be assumed is an error in the words of the program, with the command to try', async () => {
    await aws(failsWith('An error occurred (AccessDenied) when calling the AssumeRole operation'));
    const error = await AssumedRole.assume(role, 'sm-local-job', never).catch((thrown: unknown) => thrown);
    assert.ok(isError(error, 'RoleNotAssumed'));
    assert.match(error.message, /role\/data-science could not be assumed: An error occurred \(AccessDenied\)/);
    assert.match(error.remedy, /aws sts assume-role --role-arn \S+ --role-session-name test --profile work/);
  });

  it('is not assumed by a program that prints something else', async () => {
    for (const text of ['hello', '{"Credentials": {"AccessKeyId": "ASIA"}}']) {
      await aws(`console.log(${JSON.stringify(text)})`);
      await assert.rejects(AssumedRole.assume(role, 'sm-local-job', never), failure('RoleNotAssumed', /cannot be understood/));
    }
  });

  it('needs the AWS CLI', async () => {
    process.env.PATH = directory.path;
    await assert.rejects(AssumedRole.assume(role, 'sm-local-job', never), failure('RoleNotAssumed', /there is no program "aws" on PATH/));
  });

  it('is waited for no longer than the user does', async () => {
    await aws('setTimeout(() => {}, 1_000_000)');
    const stop = new AbortController();
    const assuming = AssumedRole.assume(role, 'sm-local-job', stop.signal);
    stop.abort();
    await assert.rejects(assuming, (error) => error === stop.signal.reason);
  });

  if (isInstalled('aws')) {
    it('of a profile that does not exist fails with the words of the real AWS CLI', async () => {
      process.env.PATH = PATH;
      const unknown = { ...role, profile: 'sm-local-no-such-profile' };
      await assert.rejects(
        AssumedRole.assume(unknown, 'sm-local-job', never),
        failure('RoleNotAssumed', /The config profile \(sm-local-no-such-profile\) could not be found/),
      );
    });
  } else {
    sayNotRun('roles of the real AWS CLI', 'there is no program "aws"');
  }
});
