import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openEmulator } from '../src/emulator.ts';
import { requestsFor, serve } from '../src/endpoints/serve.ts';
import { isError } from '../src/errors.ts';
import type { JobEvent } from '../src/jobs/events.ts';
import type { TrainingRecord } from '../src/jobs/record.ts';
import { neverStopped, type StopSignals } from '../src/stop.ts';
import type { LogFile } from '../src/store/log-file.ts';
import { readLog } from '../src/store/log-file.ts';
import { planTraining, train } from '../src/training-jobs/train.ts';
import { adoptAll } from '../src/upkeep/adopt.ts';
import { clean } from '../src/upkeep/clean.ts';
import { canStartEngines, type PrivateEngine, sayNotRun, startPrivateEngine } from './support/private-engine.ts';
import { baseImage, projectRoot } from './support/real-engine.ts';

/** Enough for a container to outlast a restart: what it prints while its engine is away and after its end, no engine has. */
const lines = 150;

if (!canStartEngines) sayNotRun('restarts of the engine in mid-job');
else {
  describe('an engine', () => {
    /** One for both: to get its image takes longer than a test. */
    let engine: PrivateEngine;
    let image: string;
    before(async function () {
      this.timeout(120_000);
      engine = await startPrivateEngine();
      const built = await engine.engine().images.build({
        directory: `${projectRoot}/fixtures/images/counts`,
        tag: 'counts',
        buildArguments: { BASE_IMAGE: baseImage() },
      });
      image = built.id;
    });
    after(() => engine?.[Symbol.asyncDispose]());

    for (const liveRestore of [true, false]) {
      describe(`that restarts ${liveRestore ? 'and keeps its containers' : 'and ends its containers'}`, function () {
        this.timeout(120_000);
        let root: string;
        before(() => engine.restart({ liveRestore }));
        beforeEach(async () => {
          root = await mkdtemp(join(tmpdir(), 'sm-local-restart-'));
        });
        afterEach(async () => {
          assert.deepEqual(await everythingIn(engine), []);
          await rm(root, { recursive: true, force: true });
        });

        /** Runs a job and calls `inTheMiddle` once its container has printed some lines. */
        async function trainWith(
          inTheMiddle: () => Promise<void>,
          { patience = 60, stops = neverStopped }: { patience?: number; stops?: StopSignals } = {},
        ): Promise<{ record: TrainingRecord; events: readonly JobEvent[] }> {
          const client = engine.engine();
          await using emulator = await openEmulator({ home: join(root, 'home'), engine: client, enginePatience: patience });
          const events: JobEvent[] = [];
          let middle: Promise<void> | undefined;
          const observer = {
            event: (event: JobEvent) => void events.push(event),
            log: async (_host: string, log: LogFile) => {
              for await (const { message } of log.follow()) if (message === 'out 5') middle ??= inTheMiddle();
            },
          };
          const request = {
            TrainingJobName: 'job',
            AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' as const },
            RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
            OutputDataConfig: { S3OutputPath: pathToFileURL(join(root, 'output')).href },
            ResourceConfig: { InstanceType: 'ml.m5.large' as const, InstanceCount: 1, VolumeSizeInGB: 30 },
            StoppingCondition: { MaxRuntimeInSeconds: 600 },
          };
          const spec = {
            request: { ...request, Environment: { LINES: String(lines), ...(!liveRestore && { ENDS_ON_TERM: 'yes' }) } },
            image: { kind: 'image', reference: image } as const,
            options: { stopGrace: 10 },
          };
          const plan = await planTraining(emulator, spec, observer, stops.stop);
          try {
            return { record: await train(emulator, plan, observer, stops), events };
          } finally {
            await middle;
          }
        }

        it(`a job ${liveRestore ? 'completes with every line once' : 'is Failed as the cloud words trouble of its own'}`, async () => {
          const { record, events } = await trainWith(() => engine.restart());
          const said = events.flatMap((event) => (event.event === 'warning' ? [event.message] : []));
          if (liveRestore) {
            assert.match(said.join('\n'), /has gone away[\s\S]*is back/);
            assert.equal(record.status, 'Completed', record.failureReason);
            assert.deepEqual(await numbered(record.files.logs['algo-1'] ?? '', 'out'), lines);
            assert.ok((await readFile(record.files.model ?? '')).length > 0);
          } else {
            assert.equal(record.status, 'Failed', said.join('\n'));
            // It may say of its containers that they were ended before it goes itself; or tell their end and go before it can be asked who ended them.
            const isToldOf = /has gone away[\s\S]*is back|got a signal from the engine/.test(said.join('\n'));
            assert.match(record.failureReason ?? '', isToldOf ? /^InternalServerError: / : /^AlgorithmError: , exit code: /);
            assert.ok((await numbered(record.files.logs['algo-1'] ?? '', 'out')) >= 6);
          }
        });

        it('a job whose engine stays away is left, and adopted when it is back', async () => {
          const trained = await trainWith(() => engine.stop(), { patience: 0.5 }).catch((error: unknown) => error);
          // One that ends its containers may tell of it before it goes itself; then the job is over and its container left.
          if (liveRestore || trained instanceof Error) assert.ok(isError(trained, 'EngineUnreachable'), `${trained}`);
          await engine.start();
          await using emulator = await openEmulator({ home: join(root, 'home'), engine: engine.engine() });
          const quiet = { event() {}, log() {} };
          for (const { over } of await adoptAll(emulator, { stops: neverStopped, observer: () => quiet })) await over;
          await clean(emulator);
          const record = await emulator.trainingJobs.read('job');
          // Without live restore its end is all that can be known: nobody saw who ended it.
          assert.ok(record?.endTime);
          if (liveRestore) {
            assert.equal(record.status, 'Completed', record.failureReason);
            assert.equal(await numbered(record.files.logs['algo-1'] ?? '', 'out'), lines);
          }
        });

        it(`an endpoint ${liveRestore ? 'answers all the time' : 'answers again'}`, async () => {
          await using emulator = await openEmulator({ home: join(root, 'home'), engine: engine.engine() });
          const served = { name: 'demo', image: { kind: 'image', reference: image } as const, cwd: root, environment: {} };
          const spec = {
            requests: await requestsFor(emulator, served),
            setting: { limits: { 'ping-interval': 0.1, 'stop-grace': 5 }, startAttempts: 3 },
            port: 0,
            isRaw: false,
          };
          await using endpoint = await serve(emulator, spec, { event() {}, log() {} }, neverStopped);
          assert.equal(endpoint.endpoints[0]?.endpoint.status, 'InService');
          const before = endpoint.containerUrl;
          const ping = async (): Promise<number> => (await fetch(`${endpoint.url}/ping`)).status;
          assert.equal(await ping(), 200);
          if (liveRestore) {
            const restarted = engine.restart();
            let isBack = false;
            void restarted.then(() => {
              isBack = true;
            });
            while (!isBack) assert.equal(await ping(), 200);
            await restarted;
            assert.equal(endpoint.containerUrl, before);
          } else {
            await engine.restart();
            const deadline = Date.now() + 30_000;
            while ((await ping()) !== 200) assert.ok(Date.now() < deadline, 'it does not answer again');
          }
        });
      });
    }
  });
}

async function everythingIn(engine: PrivateEngine): Promise<readonly string[]> {
  const { containers, volumes } = engine.engine();
  return [
    ...(await containers.list({})).map(({ id }) => `container ${id}`),
    ...(await volumes.list({})).map(({ name }) => `volume ${name}`),
  ];
}

/** How many lines `<word> 0`, `<word> 1`, … there are, each once and in order. */
async function numbered(path: string, word: string): Promise<number> {
  let count = 0;
  for await (const { message } of readLog(path)) {
    if (!message.startsWith(`${word} `)) continue;
    assert.equal(message, `${word} ${count}`);
    count += 1;
  }
  return count;
}
