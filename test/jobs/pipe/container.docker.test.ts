import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveChannel } from '../../../src/jobs/channels/resolve.ts';
import { pipeChannel } from '../../../src/jobs/pipe/channel.ts';
import { openPipes, type PipeEpoch } from '../../../src/jobs/pipe/pipes.ts';
import { testContainers } from '../../support/containers.ts';

describe('pipes, from inside a container', function () {
  this.timeout(60_000);
  const { run, directory } = testContainers();

  it('are read by a Python program of any user: epochs, early closes, records', async () => {
    const root = await directory({ 'files/a': 'first,', 'files/b': 'second,', 'files/c': 'x'.repeat(300_000) });
    await mkdir(join(root, 'data'));
    const channels = await Promise.all(
      (['plain', 'records'] as const).map(async (ChannelName) => {
        const DataSource = { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: join(root, 'files') } } as const;
        const input = await resolveChannel({ ChannelName, DataSource }, 'Pipe', { region: 'us-east-1', roleArn: '' });
        assert.equal(input.kind, 'objects');
        const channel = { RecordWrapperType: ChannelName === 'records' ? 'RecordIO' : 'None' } as const;
        return pipeChannel({ input: input as typeof input & { kind: 'objects' }, channel });
      }),
    );
    const epochs: PipeEpoch[] = [];
    await using pipes = await openPipes(
      channels,
      { data: join(root, 'data'), spares: join(root, 'spares') },
      { onEpoch: (epoch) => epochs.push(epoch) },
    );
    const { exit, stdout, stderr } = await run('exec python3 -c "$PROGRAM"', {
      environment: { PROGRAM: reader },
      mounts: [{ kind: 'bind', source: join(root, 'data'), target: '/opt/ml/input/data', readOnly: false }],
    });
    assert.deepEqual([exit.code, stderr], [0, '']);
    assert.deepEqual(stdout.trim().split('\n'), [
      'plain 0: 300013 bytes, begins first,second,x',
      'plain 1: 300013 bytes, begins first,second,x',
      'plain 2: closed after first',
      'plain 3: 300013 bytes, begins first,second,x',
      "records 0: [b'first,', b'second,', 300000]",
    ]);
    assert.deepEqual(pipes.unopened, []);
    assert.deepEqual(
      epochs.filter(({ isWhole }) => !isWhole).map(({ channel, epoch }) => [channel, epoch]),
      [['plain', 2]],
    );
  });
});

/** Waits for the next FIFO as AWS's own reader does. */
const reader = `
import os, struct, sys, time

os.setuid(65534)

def epoch(channel, number):
    path = '/opt/ml/input/data/%s_%d' % (channel, number)
    while not os.path.exists(path):
        time.sleep(0.01)
    return open(path, 'rb')

def whole(number):
    with epoch('plain', number) as pipe:
        data = pipe.read()
    print('plain %d: %d bytes, begins %s' % (number, len(data), data[:14].decode()))

whole(0)
whole(1)
with epoch('plain', 2) as pipe:
    print('plain 2: closed after %s' % pipe.read(5).decode())
whole(3)
records = []
with epoch('records', 0) as pipe:
    while True:
        head = pipe.read(8)
        if not head:
            break
        magic, length = struct.unpack('<II', head)
        assert magic == 0xCED7230A
        data = pipe.read(length)
        pipe.read(-length % 4)
        records.append(data if length < 100 else length)
print('records 0: %s' % records)
sys.stdout.flush()
`;
