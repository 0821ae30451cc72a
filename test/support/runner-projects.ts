import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Scope } from '../../src/scope.ts';
import { uncovered } from './coverage.ts';
import { packed, runIn } from './packed.ts';
import { baseImage, projectRoot, testEngine } from './real-engine.ts';

/** Projects of examples/testing, copied to where nothing else is and installed with the packed package. */
export interface RunnerProjects extends AsyncDisposable {
  /** Starts `npm test` of one, as the leader of a process group. */
  start(runner: string, home: string): ChildProcess;
  /** What `npm test` of one printed. It fails with that when the tests fail. */
  test(runner: string, home: string): Promise<string>;
  /** Removes the images that were built, so that the next run has to do it again. */
  forgetImages(): Promise<void>;
  directory(runner: string): string;
  /** A directory for the state of a run, below that of the projects. */
  home(name: string): string;
}

export async function runnerProjects(...runners: readonly string[]): Promise<RunnerProjects> {
  const scope = new Scope();
  const { path, tarball } = scope.use(await packed());
  const examples = join(projectRoot, 'examples');
  const image = join(path, `iris-${process.pid}`); // under a name of its own: others build the example at the same time
  for (const place of [join(path, 'iris'), image]) await cp(join(examples, 'iris'), place, { recursive: true });
  for (const runner of runners) await install(join(examples, 'testing', runner), join(path, 'testing', runner), tarball);
  scope.defer(forgetImages);
  const directory = (runner: string): string => join(path, 'testing', runner);
  const start = (runner: string, home: string): ChildProcess => {
    const ours = { IMAGE: image, BASE_IMAGE: baseImage(), SM_LOCAL_HOME: home, TESTCONTAINERS_RYUK_DISABLED: 'true' };
    const env = { ...process.env, ...uncovered, ...ours, NO_COLOR: '1', CI: '1' };
    return spawn('npm', ['test'], { cwd: directory(runner), env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  };
  return {
    start,
    test: async (runner, home) => {
      const child = start(runner, home);
      const [out, err, [code]] = await Promise.all([printed(child.stdout), printed(child.stderr), once(child, 'close')]);
      if (code !== 0) throw new Error(`npm test with ${runner} ended with ${code}:\n${out}\n${err}`);
      return out + err;
    },
    forgetImages,
    directory,
    home: (name) => join(path, 'homes', name),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

async function forgetImages(): Promise<void> {
  const { images } = testEngine();
  const names = (await images.list({ 'sm-local.kind': 'image' })).flatMap(({ references }) => references);
  const built = new RegExp(`^sm-local/iris-${process.pid}\\b`);
  await Promise.all(names.filter((name) => built.test(name)).map((name) => images.remove(name)));
}

const printed = (stream: ChildProcess['stdout']): Promise<string> => (stream ? text(stream) : Promise.resolve(''));

async function install(example: string, directory: string, tarball: string): Promise<void> {
  await cp(example, directory, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  const description = join(directory, 'package.json');
  const { devDependencies, ...rest } = JSON.parse(await readFile(description, 'utf8')) as { devDependencies: object };
  await writeFile(description, JSON.stringify({ ...rest, devDependencies: { ...devDependencies, 'sm-local': `file:${tarball}` } }));
  runIn(directory, 'npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']);
}
