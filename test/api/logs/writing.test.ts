import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { logsOperations } from '../../../src/api/logs/known-operations.ts';
import { operations } from '../../../src/api/logs/service.ts';
import { type LogsUnderTest, logsUnderTest, now, training } from './logs.ts';

describe('log groups and streams that people make', () => {
  let service: LogsUnderTest;
  beforeEach(async () => {
    service = await logsUnderTest();
  });
  afterEach(() => service[Symbol.asyncDispose]());

  const stream = { logGroupName: '/my/group', logStreamName: 'a/b' };
  const make = async ({ logGroupName, logStreamName } = stream): Promise<void> => {
    const client = service.client();
    await client.send(new CreateLogGroupCommand({ logGroupName }));
    await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  };
  const put = (events: readonly (readonly [number, string])[], to = stream) =>
    service.ask('PutLogEvents', { ...to, logEvents: events.map(([timestamp, message]) => ({ timestamp, message })) });
  const read = async (from = stream): Promise<(readonly [number, string])[]> => {
    const { body } = await service.ask('GetLogEvents', { ...from, startFromHead: true });
    return body.events.map(({ timestamp, message }: { timestamp: number; message: string }) => [timestamp, message]);
  };

  it('give back what was put into them, whatever it is', async () => {
    await make();
    const events = [
      [now - 5000, 'plain'],
      [now - 5000, 'Traceback:\n  line 1\r\n  line 2'],
      [now, '{"json": "\u0000 é 模 😀 \u2028"}'],
      [now + 1, 'x'.repeat(200_000)],
    ] as const;
    const client = service.client();
    const answer = await client.send(
      new PutLogEventsCommand({ ...stream, logEvents: events.map(([timestamp, message]) => ({ timestamp, message })) }),
    );
    assert.equal(answer.rejectedLogEventsInfo, undefined);
    assert.equal(answer.nextSequenceToken?.length, 56);
    assert.deepEqual(await read(), events);
    const { body } = await service.ask('FilterLogEvents', { logGroupName: '/my/group', filterPattern: 'Traceback' });
    assert.equal(body.events.length, 1);
    const streams = await service.ask('DescribeLogStreams', { logGroupName: '/my/group' });
    const [{ creationTime, firstEventTimestamp, lastEventTimestamp }] = streams.body.logStreams;
    assert.deepEqual([creationTime, firstEventTimestamp, lastEventTimestamp], [now, now - 5000, now + 1]);
  });

  it('stand in the order of their times, and those of the same time in that of their coming', async () => {
    await make();
    await put([
      [now - 3000, 'b'],
      [now - 1000, 'd'],
    ]);
    await Promise.all([
      put([
        [now - 4000, 'a'],
        [now - 3000, 'c'],
      ]),
      put([[now, 'e']]),
    ]);
    assert.deepEqual(
      (await read()).map(([, message]) => message),
      ['a', 'b', 'c', 'd', 'e'],
    );
  });

  it('may have every name that AWS takes, and none leads anywhere else', async () => {
    const names = [
      'a',
      'A',
      '../../escape',
      '/',
      'a/b',
      'a#b',
      '.group',
      '.',
      '..',
      'con',
      '/aws/sagemaker/Endpoints/../..',
      'x'.repeat(512),
    ];
    for (const logGroupName of names) {
      for (const logStreamName of [...names.map((name) => `${name}`), '模型/[$LATEST]%2f', `${'é'.repeat(511)}1`, `${'é'.repeat(511)}2`]) {
        if (logStreamName === names[0]) await make({ logGroupName, logStreamName });
        else await service.ask('CreateLogStream', { logGroupName, logStreamName });
        if (logGroupName.length < 3) await put([[now, `${logGroupName} ${logStreamName}`]], { logGroupName, logStreamName });
      }
    }
    const { body } = await service.ask('DescribeLogGroups', {});
    assert.deepEqual(
      body.logGroups.map(({ logGroupName }: { logGroupName: string }) => logGroupName),
      names.toSorted(),
    );
    const streams = await service.ask('DescribeLogStreams', { logGroupName: '..' });
    assert.equal(streams.body.logStreams.length, names.length + 3);
    for (const { logStreamName } of streams.body.logStreams) {
      const here = { logGroupName: '..', logStreamName };
      assert.deepEqual(await read(here), [[now, `.. ${logStreamName}`]]);
    }
    assert.deepEqual(await readdir(service.logs), ['groups']);
    assert.deepEqual(await readdir(service.directory), ['000000000000']);
    assert.equal((await readdir(join(service.logs, 'groups'))).length, names.length);
  });

  it('go when they are deleted, with all that is in them', async () => {
    await make();
    await put([[now, 'x']]);
    assert.equal((await service.ask('DeleteLogStream', stream)).status, 200);
    assert.deepEqual((await service.ask('DescribeLogStreams', { logGroupName: '/my/group' })).body.logStreams, []);
    const client = service.client();
    await client.send(new CreateLogStreamCommand(stream));
    assert.deepEqual(await read(), []);
    await client.send(new DeleteLogGroupCommand({ logGroupName: '/my/group' }));
    await assert.rejects(client.send(new GetLogEventsCommand(stream)), {
      name: 'ResourceNotFoundException',
      message: 'The specified log group does not exist.',
    });
    assert.deepEqual(await readdir(join(service.logs, 'groups')), []);
  });

  it("may be beside a job's in SageMaker's own groups, whose logs stay what they are", async () => {
    await service.job('demo', 'algo-1', [[now, 'of the job']]);
    const own = { logGroupName: training, logStreamName: 'demo/notes' };
    const theirs = { logGroupName: training, logStreamName: 'demo/algo-1-1700000000' };
    assert.equal((await service.ask('CreateLogGroup', { logGroupName: training })).type, 'ResourceAlreadyExistsException');
    assert.equal((await service.ask('CreateLogStream', theirs)).type, 'ResourceAlreadyExistsException');
    assert.equal((await service.ask('CreateLogStream', own)).status, 200);
    await put([[now, 'mine']], own);
    const { body } = await service.ask('DescribeLogStreams', { logGroupName: training, logStreamNamePrefix: 'demo/' });
    assert.equal(body.logStreams.length, 2);
    assert.equal((await put([[now, 'x']], theirs)).type, 'InvalidParameterException');
    for (const [operation, request] of [
      ['DeleteLogGroup', { logGroupName: training }],
      ['DeleteLogStream', theirs],
    ] as const) {
      const answer = await service.ask(operation, request);
      assert.equal(answer.type, 'OperationAbortedException');
      assert.match(answer.body.message, /sm-local clean/);
    }
    assert.equal((await service.ask('DeleteLogStream', own)).status, 200);
    assert.deepEqual(await read(theirs), [[now, 'of the job']]);
  });

  it('remember their retention and their tags', async () => {
    await service.ask('CreateLogGroup', { logGroupName: 'g', tags: { team: 'a' } });
    await service.ask('TagLogGroup', { logGroupName: 'g', tags: { stage: 'b' } });
    await service.ask('UntagLogGroup', { logGroupName: 'g', tags: ['team'] });
    assert.deepEqual((await service.ask('ListTagsLogGroup', { logGroupName: 'g' })).body, { tags: { stage: 'b' } });
    assert.equal((await service.ask('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 2 })).type, 'InvalidParameterException');
    await service.ask('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 7 });
    assert.equal((await service.ask('DescribeLogGroups', {})).body.logGroups[0].retentionInDays, 7);
    await service.ask('DeleteRetentionPolicy', { logGroupName: 'g' });
    assert.equal((await service.ask('DescribeLogGroups', {})).body.logGroups[0].retentionInDays, undefined);
  });

  it('take no events that are too old or too new, and say which', async () => {
    await make();
    const day = 24 * 60 * 60 * 1000;
    const old = await put([
      [now - 14 * day - 1000, 'old'],
      [now - 14 * day + 1000, 'just in time'],
    ]);
    assert.deepEqual(old.body.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1 });
    const late = await put([
      [now, 'x'],
      [now + 3 * 60 * 60 * 1000, 'late'],
    ]);
    assert.deepEqual(late.body.rejectedLogEventsInfo, { tooNewLogEventStartIndex: 1 });
    assert.deepEqual(
      (await read()).map(([, message]) => message),
      ['just in time', 'x'],
    );
  });

  it('refuse batches that AWS refuses', async () => {
    await make();
    for (const [events, words] of [
      [[], /logEvents.*length greater than or equal to 1/],
      [[[now, '']], /logEvents\.1\.member\.message.*length greater than or equal to 1/],
      [
        [
          [now, 'a'],
          [now - 1, 'b'],
        ],
        /^Log events in a single PutLogEvents request must be in chronological order\.$/,
      ],
      [
        [
          [now - 90_000_000, 'a'],
          [now, 'b'],
        ],
        /cannot span more than 24 hours/,
      ],
      [[[now, 'x'.repeat(1_048_576)]], /^Upload too large: 1048602 bytes exceeds limit of 1048576$/],
    ] as const) {
      const { status, type, body } = await put(events as readonly (readonly [number, string])[]);
      assert.deepEqual([status, type], [400, 'InvalidParameterException']);
      assert.match(body.message, words);
    }
    const missing = await put([[now, 'x']], { ...stream, logStreamName: 'none' });
    assert.deepEqual([missing.type, missing.body.message], ['ResourceNotFoundException', 'The specified log stream does not exist.']);
    assert.equal((await service.ask('CreateLogStream', { ...stream, logStreamName: 'a:b' })).type, 'InvalidParameterException');
    assert.equal((await service.ask('CreateLogStream', { ...stream, logStreamName: '\ud800' })).type, 'InvalidParameterException');
    assert.equal((await service.ask('CreateLogGroup', { logGroupName: 'a b' })).type, 'InvalidParameterException');
    assert.deepEqual(await read(), []);
  });

  it("are served by operations that are AWS's, whose list is that of its SDK", () => {
    const all = Object.keys(sdk).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);
    assert.deepEqual([...logsOperations].sort(), all.sort());
    for (const name of Object.keys(operations)) assert.ok(logsOperations.includes(name), name);
  });
});
