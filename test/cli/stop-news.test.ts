import assert from 'node:assert/strict';
import type { SecondaryStatus } from '@aws-sdk/client-sagemaker';
import type { Io } from '../../src/cli/io.ts';
import { followEndpoints, followTraining, looking, StopNews } from '../../src/cli/stop-news.ts';
import type { JobEvent } from '../../src/jobs/events.ts';

/** What is told on a terminal, line by line; `last` is the line below all others. */
function terminal() {
  const told: string[] = [];
  const seen: { last: string | undefined } = { last: undefined };
  const sink = {
    write: async (text: string | Buffer): Promise<void> => void told.push(String(text).trim()),
    isTerminal: true,
    width: 80,
    showLast: (line: string | undefined): void => {
      seen.last = line;
    },
  };
  const io: Io = { out: sink, err: sink, env: {}, cwd: '/', color: false, now: () => new Date() };
  return { io, told, seen };
}

const status = (secondaryStatus: SecondaryStatus, grace?: number): JobEvent => ({
  event: 'status',
  status: secondaryStatus === 'Stopping' ? 'Stopping' : secondaryStatus === 'Completed' ? 'Completed' : 'InProgress',
  secondaryStatus,
  message: '',
  ...(grace !== undefined && { grace }),
});

describe('a stop', () => {
  const cases: readonly (readonly [after: readonly JobEvent[], first: RegExp, second: RegExp])[] = [
    [[], /^Stopping: nothing was started yet\.$/, /^Ctrl-C again leaves at once/],
    [[{ event: 'build', message: 'Step 1/2' }], /^Stopping: the build is given up\.$/, /^Ctrl-C again leaves at once/],
    [
      [{ event: 'progress', what: 'Pulling image', state: 'running', done: 1, unit: 'bytes' }],
      /^Stopping: the download of the image is given up\.$/,
      /^Ctrl-C again leaves at once/,
    ],
    [
      [status('Starting'), status('Downloading')],
      /^Stopping: nothing has run yet; what was prepared is removed\.$/,
      /^Ctrl-C again leaves/,
    ],
    [[status('Training')], /^Stopping: the container gets SIGTERM and its grace\. Ctrl-C again kills it at once\.$/, /^Killing it\. /],
    [[status('Training'), status('Stopping', 120)], /^It is being stopped already\./, /^Killing it\. /],
    [[status('Uploading')], /its archives are being written\. Ctrl-C again gives them up\.$/, /^The archives are given up\. /],
    [[status('Completed')], /^It is over/, /^Ctrl-C again leaves at once/],
  ];
  for (const [events, first, second] of cases) {
    const last = events.at(-1);
    const when = last === undefined ? 'nothing' : last.event === 'status' ? last.secondaryStatus : last.event;
    it(`after ${when} says what it gives up and what another Ctrl-C does`, () => {
      const { io, told } = terminal();
      using news = new StopNews(io, false);
      for (const event of events) followTraining(news, event);
      news.interrupted(1);
      news.interrupted(2);
      assert.match(told[0] ?? '', first);
      assert.match(told[1] ?? '', second);
    });
  }

  it('shows the seconds until SIGKILL until the container has ended', () => {
    const { io, seen } = terminal();
    using news = new StopNews(io, false);
    followTraining(news, status('Stopping', 120));
    assert.equal(seen.last, 'SIGKILL in 2 min (Ctrl-C twice: now)');
    followTraining(news, status('Uploading'));
    assert.equal(seen.last, undefined);
  });

  it('shows them no longer once it kills', () => {
    const { io, seen } = terminal();
    using news = new StopNews(io, false);
    news.interrupted(1);
    followTraining(news, status('Stopping', 120));
    assert.equal(seen.last, 'SIGKILL in 2 min (Ctrl-C again: now)');
    news.interrupted(2);
    assert.equal(seen.last, undefined);
  });
});

describe('a stop of endpoints', () => {
  it('is counted down when the last of them is stopped', () => {
    const { io, told, seen } = terminal();
    using news = new StopNews(io, false);
    const follow = followEndpoints(news, 30);
    const tell = (endpoint: string, status: 'Creating' | 'InService' | 'Deleting' | 'Failed'): void =>
      follow({ event: 'status', endpoint, status });
    for (const name of ['one', 'two', 'three']) tell(name, 'Creating');
    follow({ event: 'instance', endpoint: 'one', variant: 'v', instance: 'i-1', what: 'started', container: 'c' });
    tell('one', 'InService');
    tell('two', 'InService');
    tell('three', 'Failed');
    tell('one', 'Deleting');
    assert.equal(seen.last, undefined);
    tell('two', 'Deleting');
    assert.match(seen.last ?? '', /30 s/);
    news.interrupted(1);
    assert.match(told[0] ?? '', /^It is being stopped already\./);
  });

  it('is counted down for what runs, whatever is done besides: not for what has failed before', () => {
    const { io, seen } = terminal();
    using news = new StopNews(io, false);
    const follow = followEndpoints(news, 30);
    follow({ event: 'status', endpoint: 'one', status: 'Creating' });
    follow({ event: 'instance', endpoint: 'one', variant: 'v', instance: 'i-1', what: 'started', container: 'c' });
    follow({ event: 'status', endpoint: 'one', status: 'Failed' });
    follow({ event: 'build', message: 'Step 1/2' });
    follow({ event: 'status', endpoint: 'one', status: 'Deleting' });
    assert.equal(seen.last, undefined);
  });

  it('is not counted down where others take the place of what goes', () => {
    const { io, told, seen } = terminal();
    using news = new StopNews(io, false);
    const follow = followEndpoints(news, 30, () => true);
    for (const instance of ['i-1', 'i-2']) {
      follow({ event: 'build', message: 'Step 1/2' });
      follow({ event: 'status', endpoint: 'one', status: 'Creating' });
      follow({ event: 'instance', endpoint: 'one', variant: 'v', instance, what: 'started', container: 'c' });
      if (instance === 'i-1') follow({ event: 'status', endpoint: 'one', status: 'Deleting' });
      assert.equal(seen.last, undefined);
    }
    news.interrupted(1);
    assert.match(told[0] ?? '', /^Stopping: the container gets SIGTERM/);
  });

  it('is told as one of containers only while they run: what failed before leaves nothing to count down', () => {
    const { io, told, seen } = terminal();
    using news = new StopNews(io, false);
    const follow = followEndpoints(news, 30);
    const start = (instance: string): void =>
      follow({ event: 'instance', endpoint: 'one', variant: 'v', instance, what: 'started', container: 'c' });
    follow({ event: 'status', endpoint: 'one', status: 'Creating' });
    start('i-1');
    news.enter(looking);
    follow({ event: 'status', endpoint: 'one', status: 'Deleting' });
    assert.equal(seen.last, undefined);
    follow({ event: 'status', endpoint: 'one', status: 'Creating' });
    start('i-2');
    news.interrupted(1);
    assert.match(told[0] ?? '', /^Stopping: the container gets SIGTERM/);
  });
});
