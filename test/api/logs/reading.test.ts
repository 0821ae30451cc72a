import assert from 'node:assert/strict';
import {
  DescribeLogStreamsCommand,
  type FilteredLogEvent,
  GetLogEventsCommand,
  paginateDescribeLogGroups,
  paginateDescribeLogStreams,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { type LogsUnderTest, logsUnderTest, training } from './logs.ts';

describe('CloudWatch Logs', () => {
  let service: LogsUnderTest;
  beforeEach(async () => {
    service = await logsUnderTest();
  });
  afterEach(() => service[Symbol.asyncDispose]());

  const begun = 1_700_000_000;
  const at = (index: number): number => begun * 1000 + index * 10;
  const lines = (count: number, from = 0): (readonly [number, string])[] =>
    Array.from({ length: count }, (_, index) => [at(from + index), `line ${from + index}`]);

  describe('the streams of a group', () => {
    it('are listed with the times of their events, page by page, with a token only where more follow', async () => {
      for (const host of ['algo-1', 'algo-2', 'algo-3']) await service.job('demo', host, lines(3));
      const { body } = await service.ask('DescribeLogStreams', { logGroupName: training, logStreamNamePrefix: 'demo/', limit: 3 });
      assert.deepEqual(body.logStreams[0], {
        logStreamName: `demo/algo-1-${begun}`,
        creationTime: body.logStreams[0].creationTime,
        firstEventTimestamp: at(0),
        lastEventTimestamp: at(2),
        lastIngestionTime: at(2),
        arn: `arn:aws:logs:us-east-1:000000000000:log-group:${training}:log-stream:demo/algo-1-${begun}`,
        storedBytes: 0,
      });
      assert.equal(body.nextToken, undefined, 'three of three');
      const pages: number[] = [];
      for await (const page of paginateDescribeLogStreams({ client: service.client(), pageSize: 2 }, { logGroupName: training }))
        pages.push(page.logStreams?.length ?? 0);
      assert.deepEqual(pages, [2, 1]);
    });

    it('come in the order that is asked for', async () => {
      await service.job('b', 'algo-1', lines(1, 5));
      await service.job('a', 'algo-1', lines(1, 9));
      await service.job('c', 'algo-1', lines(1, 1));
      const order = async (request: object): Promise<string[]> => {
        const { body } = await service.ask('DescribeLogStreams', { logGroupName: training, ...request });
        return body.logStreams.map(({ logStreamName }: { logStreamName: string }) => logStreamName.charAt(0));
      };
      assert.deepEqual(await order({}), ['a', 'b', 'c']);
      assert.deepEqual(await order({ descending: true }), ['c', 'b', 'a']);
      assert.deepEqual(await order({ orderBy: 'LastEventTime', descending: true }), ['a', 'b', 'c']);
      const first = await service.ask('DescribeLogStreams', { logGroupName: training, orderBy: 'LastEventTime', limit: 1 });
      const { nextToken } = first.body;
      assert.deepEqual(await order({ orderBy: 'LastEventTime', limit: 2, nextToken }), ['b', 'a']);
    });

    it('are found by the ARN of their group too', async () => {
      await service.job('demo', 'algo-1', lines(1));
      const { logStreams } = await service
        .client()
        .send(new DescribeLogStreamsCommand({ logGroupIdentifier: `arn:aws:logs:us-east-1:000000000000:log-group:${training}` }));
      assert.equal(logStreams?.length, 1);
    });
  });

  it('lists the groups that have streams, page by page', async () => {
    await service.job('demo', 'algo-1', lines(1));
    for (const endpoint of ['a', 'b']) await service.instance(endpoint, 'i-1', lines(1));
    const names: (string | undefined)[] = [];
    for await (const { logGroups = [] } of paginateDescribeLogGroups({ client: service.client(), pageSize: 2 }, {}))
      names.push(...logGroups.map(({ logGroupName }) => logGroupName));
    assert.deepEqual(names, ['/aws/sagemaker/Endpoints/a', '/aws/sagemaker/Endpoints/b', training]);
    const { body } = await service.ask('DescribeLogGroups', { logGroupNamePattern: 'Training' });
    const [{ creationTime, ...group }] = body.logGroups;
    const arn = `arn:aws:logs:us-east-1:000000000000:log-group:${training}`;
    assert.ok(Math.abs(creationTime - Date.now()) < 60_000);
    assert.deepEqual(group, {
      logGroupName: training,
      metricFilterCount: 0,
      arn: `${arn}:*`,
      storedBytes: 23,
      logGroupClass: 'STANDARD',
      logGroupArn: arn,
    });
  });

  describe('events of a stream', () => {
    const stream = { logGroupName: training, logStreamName: `demo/algo-1-${begun}` };
    const messages = (body: { events: { message: string }[] }): string[] => body.events.map(({ message }) => message);

    it('are the newest unless the head is asked for, with integers in milliseconds', async () => {
      await service.job('demo', 'algo-1', lines(5));
      const { body } = await service.ask('GetLogEvents', { ...stream, limit: 2 });
      assert.deepEqual(body.events, [
        { timestamp: at(3), message: 'line 3', ingestionTime: at(3) },
        { timestamp: at(4), message: 'line 4', ingestionTime: at(4) },
      ]);
      assert.match(body.nextForwardToken, /^f\/\d+\/s$/);
      const before = await service.ask('GetLogEvents', { ...stream, limit: 2, nextToken: body.nextBackwardToken });
      assert.deepEqual(messages(before.body), ['line 1', 'line 2']);
      const head = await service.ask('GetLogEvents', { ...stream, limit: 2, startFromHead: true });
      assert.deepEqual(messages(head.body), ['line 0', 'line 1']);
    });

    it('are those from startTime on and before endTime', async () => {
      await service.job('demo', 'algo-1', lines(5));
      const range = { startTime: at(1), endTime: at(3), startFromHead: true };
      assert.deepEqual(messages((await service.ask('GetLogEvents', { ...stream, ...range })).body), ['line 1', 'line 2']);
    });

    it('end with the token that came in, which later gives what has come since', async () => {
      await service.job('demo', 'algo-1', lines(5));
      const client = service.client();
      const ask = (nextToken?: string) => client.send(new GetLogEventsCommand({ ...stream, startFromHead: true, nextToken }));
      const { nextForwardToken } = await ask();
      const same = await ask(nextForwardToken);
      assert.deepEqual([same.events, same.nextForwardToken], [[], nextForwardToken]);
      await service.job('demo', 'algo-1', lines(2, 5));
      const more = await ask(nextForwardToken);
      assert.deepEqual(
        more.events?.map(({ message }) => message),
        ['line 5', 'line 6'],
      );
    });

    it('are a megabyte and ten thousand at most', async () => {
      const long = 'x'.repeat(100_000);
      await service.job('demo', 'algo-1', [...lines(15).map(([time]) => [time, long] as const)]);
      const { body } = await service.ask('GetLogEvents', { ...stream, startFromHead: true });
      assert.equal(body.events.length, 10);
      await service.job('many', 'algo-1', lines(12_000));
      const many = await service.ask('GetLogEvents', { ...stream, logStreamName: `many/algo-1-${begun}`, startFromHead: true });
      assert.equal(many.body.events.length, 10_000);
    });
  });

  describe('a search in a group', () => {
    const filter = async (request: object): Promise<string[]> => {
      const { body } = await service.ask('FilterLogEvents', { logGroupName: training, ...request });
      return body.events.map(({ message }: { message: string }) => message);
    };

    it('finds events of all streams in the order of their times, each once over all pages', async () => {
      for (const [index, name] of ['one', 'two', 'three'].entries()) {
        const own = Array.from({ length: 40 }, (_, count) => [at(count * 3 + index), `${name} ${count}`] as const);
        await service.job(name, 'algo-1', own);
      }
      await service.job('later', 'algo-1', [[at(1000), 'later']]);
      const found: FilteredLogEvent[] = [];
      for await (const { events = [] } of paginateFilterLogEvents({ client: service.client(), pageSize: 7 }, { logGroupName: training }))
        found.push(...events);
      const times = found.map(({ timestamp = 0 }) => timestamp);
      assert.equal(found.length, 121);
      assert.deepEqual(
        times,
        times.toSorted((one, other) => one - other),
      );
      assert.equal(new Set(found.map(({ eventId }) => eventId)).size, 121);
      assert.match(found[0]?.eventId ?? '', /^\d{56}$/);
      assert.equal(found[0]?.logStreamName, `one/algo-1-${begun}`);
    });

    it('looks at some streams and some time only', async () => {
      await service.job('one', 'algo-1', lines(3));
      await service.job('two', 'algo-1', lines(3, 10));
      assert.deepEqual(await filter({ logStreamNamePrefix: 'two/' }), ['line 10', 'line 11', 'line 12']);
      assert.deepEqual(await filter({ logStreamNames: [`one/algo-1-${begun}`] }), ['line 0', 'line 1', 'line 2']);
      assert.deepEqual(await filter({ startTime: at(2), endTime: at(11) }), ['line 2', 'line 10']);
    });

    it('takes terms, phrases, any of several, and what must not be there', async () => {
      await service.job('demo', 'algo-1', [
        [at(0), '[ERROR 400] BAD REQUEST'],
        [at(1), '[ERROR 401] UNAUTHORIZED REQUEST'],
        [at(2), '[WARN] slow'],
        [at(3), 'error in lower case'],
        [at(4), 'he said "no"'],
      ]);
      const count = async (filterPattern: string): Promise<number> => (await filter({ filterPattern })).length;
      assert.equal(await count(''), 5);
      assert.equal(await count('ERROR'), 2);
      assert.equal(await count('ERROR 400'), 1);
      assert.equal(await count('"400] BAD"'), 1);
      assert.equal(await count('"BAD 400"'), 0);
      assert.equal(await count('?ERROR ?WARN'), 3);
      assert.equal(await count('ERROR -UNAUTHORIZED'), 1);
      assert.equal(await count('-"[ERROR"'), 3);
      assert.equal(await count('"\\"no\\""'), 1);
      assert.equal(await count('REQUEST ?WARN'), 2, 'optional terms count for nothing beside others');
    });

    it('refuses patterns that are not terms, and says which are not served', async () => {
      await service.job('demo', 'algo-1', lines(1));
      for (const [filterPattern, words] of [
        ['{ $.level = "x" }', 'sm-local does not serve patterns for JSON ({ … })'],
        ['[a, b]', 'sm-local does not serve patterns for fields between spaces ([ … ])'],
        ['%x+%', 'sm-local does not serve patterns of regular expressions (% … %)'],
        ['foo-bar', "Invalid character(s) in term 'foo-bar'"],
        ['"open', `Invalid character(s) in term '"open'`],
        ['""', `Invalid character(s) in term '""'`],
      ] as const) {
        const { type, body } = await service.ask('FilterLogEvents', { logGroupName: training, filterPattern });
        assert.deepEqual([type, body.message], ['InvalidParameterException', `Invalid filter pattern: ${words}`]);
      }
    });
  });

  it('keeps accounts and regions apart', async () => {
    await service.job('demo', 'algo-1', lines(1));
    const request = new DescribeLogStreamsCommand({ logGroupName: training });
    assert.equal((await service.client('000000000000').send(request)).logStreams?.length, 1);
    for (const client of [service.client('111122223333'), service.client('test', 'eu-west-1')])
      await assert.rejects(client.send(request), { name: 'ResourceNotFoundException' });
  });

  it('refuses what CloudWatch Logs refuses, in its words', async () => {
    await service.job('demo', 'algo-1', lines(1));
    const stream = { logGroupName: training, logStreamName: `demo/algo-1-${begun}` };
    for (const [operation, request, type, words] of [
      ['GetLogEvents', { ...stream, logGroupName: 'none' }, 'ResourceNotFoundException', /^The specified log group does not exist\.$/],
      ['GetLogEvents', { ...stream, logStreamName: 'none' }, 'ResourceNotFoundException', /^The specified log stream does not exist\.$/],
      ['DescribeLogStreams', { logGroupName: 'none' }, 'ResourceNotFoundException', /log group/],
      ['FilterLogEvents', { logGroupName: 'none' }, 'ResourceNotFoundException', /log group/],
      ['FilterLogEvents', { logGroupName: training, logStreamNames: ['none'] }, 'ResourceNotFoundException', /log stream/],
      ['GetLogEvents', { ...stream, nextToken: 'f/../s' }, 'InvalidParameterException', /nextToken is invalid/],
      ['FilterLogEvents', { logGroupName: training, nextToken: 'x' }, 'InvalidParameterException', /nextToken is invalid/],
      ['GetLogEvents', { ...stream, limit: 10_001 }, 'InvalidParameterException', /at 'limit'.*less than or equal to 10000/],
      ['DescribeLogStreams', { logGroupName: training, limit: 51 }, 'InvalidParameterException', /less than or equal to 50/],
      ['GetLogEvents', { logGroupName: training }, 'InvalidParameterException', /at 'logStreamName'.*must not be null/],
      ['GetLogEvents', { ...stream, limit: '5' }, 'SerializationException', /STRING_VALUE can not be converted to a Long/],
      ['GetLogEvents', { ...stream, startTime: 1.5 }, 'SerializationException', /NUMBER_VALUE/],
      ['GetLogEvents', { logStreamName: 'x' }, 'InvalidParameterException', /Either logGroupName or logGroupIdentifier/],
      ['GetLogEvents', { ...stream, logGroupIdentifier: training }, 'InvalidParameterException', /cannot both/],
      ['DescribeLogGroups', { logGroupNamePrefix: 'a b' }, 'InvalidParameterException', /regular expression pattern/],
      ['DescribeLogGroups', { logGroupNamePrefix: 'a', logGroupNamePattern: 'b' }, 'InvalidParameterException', /mutually exclusive/],
      [
        'DescribeLogStreams',
        { logGroupName: training, orderBy: 'LastEventTime', logStreamNamePrefix: 'a' },
        'InvalidParameterException',
        /Cannot order by LastEventTime with a logStreamNamePrefix\./,
      ],
      ['DescribeLogStreams', { logGroupName: training, orderBy: 'Size' }, 'InvalidParameterException', /enum value set/],
      ['StartLiveTail', { logGroupIdentifiers: [] }, 'NotImplementedException', /CloudWatch Logs's StartLiveTail is not served/],
      ['GetLogEvent', {}, 'UnknownOperationException', /no operation GetLogEvent/],
      ['GetLogEvents', '{"a"', 'SerializationException', /not JSON/],
      ['GetLogEvents', '[]', 'SerializationException', /no object/],
    ] as const) {
      const answer = await service.ask(operation, request);
      assert.deepEqual([answer.status, answer.type, answer.body.__type], [400, type, type], `${operation} ${JSON.stringify(request)}`);
      assert.match(answer.body.message, words);
    }
  });

  /** The calls that `logs_for_job` and `multi_stream_iter` of the SageMaker Python SDK v2 make, in their order (contract s3-and-logs §6). */
  it("ends the SageMaker Python SDK's loop over the logs of a job that runs", async () => {
    const instances = 2;
    const client = service.client();
    const seen: string[] = [];
    const positions = new Map<string, { timestamp: number; skip: number }>();
    let streams: string[] = [];
    const flush = async (): Promise<void> => {
      if (streams.length < instances) {
        const request = { logGroupName: training, logStreamNamePrefix: 'demo/', orderBy: 'LogStreamName', limit: instances } as const;
        try {
          let answer = await client.send(new DescribeLogStreamsCommand(request));
          streams = (answer.logStreams ?? []).map(({ logStreamName = '' }) => logStreamName);
          while (answer.nextToken !== undefined) {
            answer = await client.send(new DescribeLogStreamsCommand(request)); // without the token, as the SDK does
            streams.push(...(answer.logStreams ?? []).map(({ logStreamName = '' }) => logStreamName));
          }
        } catch (error) {
          assert.equal((error as Error).name, 'ResourceNotFoundException');
        }
        for (const stream of streams) if (!positions.has(stream)) positions.set(stream, { timestamp: 0, skip: 0 });
      }
      for (const logStreamName of streams) await read(logStreamName);
    };
    const read = async (logStreamName: string): Promise<void> => {
      const position = positions.get(logStreamName) ?? { timestamp: 0, skip: 0 };
      let { skip } = position;
      let nextToken: string | undefined;
      for (let count = 1; count > 0; ) {
        const { events = [], nextForwardToken } = await client.send(
          new GetLogEventsCommand({
            logGroupName: training,
            logStreamName,
            startTime: position.timestamp,
            startFromHead: true,
            nextToken,
          }),
        );
        nextToken = nextForwardToken;
        count = events.length;
        const fresh = events.slice(skip);
        skip = Math.max(0, skip - events.length);
        for (const { timestamp = 0, message = '' } of fresh) {
          seen.push(message);
          position.skip = timestamp === position.timestamp ? position.skip + 1 : 1;
          position.timestamp = timestamp;
        }
      }
    };
    await flush(); // there is no group yet
    await service.job('demo', 'algo-1', [...lines(2), [at(1), 'same time']]);
    await flush();
    await service.job('demo', 'algo-1', [[at(1), 'same time again'], ...lines(2, 2)]);
    await service.job('demo', 'algo-2', lines(1, 50));
    await service.job('demo-other', 'algo-1', lines(1, 90));
    await flush();
    await flush();
    assert.deepEqual(seen, ['line 0', 'line 1', 'same time', 'same time again', 'line 2', 'line 3', 'line 50']);
  });
});
