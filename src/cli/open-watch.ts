import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type CodeWatch, watchCode } from '../dev/code-watch.ts';
import { ImageFiles } from '../dev/image-files.ts';
import { ImageUpdates } from '../dev/image-updates.ts';
import type { Emulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import type { ImageRequest } from '../image.ts';
import { pair } from '../options/pair.ts';
import type { TrainValues } from '../options/train-options.ts';
import { Scope } from '../scope.ts';
import type { Io } from './io.ts';
import { shortPath } from './train-summary.ts';

/** What `--watch` sees to, opened; disposing it ends that. */
export interface OpenWatch extends AsyncDisposable {
  readonly changes: CodeWatch;
  readonly updates: ImageUpdates;
  /** What is watched, for people. */
  readonly places: string;
}

type Asked = Pick<TrainValues, 'sync' | 'source-dir' | 'entry-point'>;

/** Watches what an image is made of, and what is delivered to it. Errors: WrongUsage, those of `watchCode`, DiskTrouble. */
export async function openWatch(emulator: Emulator, { image, ...request }: ImageRequest, asked: Asked, { cwd }: Io): Promise<OpenWatch> {
  const sync = syncOf(asked.sync, cwd);
  const program = asked['source-dir'] ?? asked['entry-point'];
  const source = program === undefined ? undefined : resolve(cwd, program);
  const context = image.kind === 'directory' ? image.path : undefined;
  const others = [...sync.values(), ...(source === undefined ? [] : [source])];
  if (image.kind === 'image' && others.length === 0) throw nothingToWatch(image.reference);
  const scope = new Scope();
  try {
    const directory = scope.use(await emulator.temporaryDirectory('watch'));
    const files = scope.use(new ImageFiles(emulator.engine, { ...(await emulator.labels()), 'sm-local.kind': 'watch' }));
    const changes = scope.use(await watchCode({ ...(context !== undefined && { context }), others }));
    const watched = { image: { ...request, image }, sync, ...(source !== undefined && { sourceDirectory: source }) };
    return {
      changes,
      updates: await ImageUpdates.open(watched, { files, directory: directory.path }),
      places: [...new Set([...(context === undefined ? [] : [context]), ...others])]
        .map((path) => (path === cwd ? basename(cwd) : shortPath(path, cwd)))
        .join(', '),
      [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
    };
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

/** A directory of the container -> what goes there. Errors: WrongUsage. */
function syncOf(texts: readonly string[], cwd: string): ReadonlyMap<string, string> {
  const pairs = texts.map((text) => pair('--sync', text));
  const relative = pairs.find(([target]) => !target.startsWith('/'));
  if (relative) {
    throw fail('WrongUsage', {
      message: `--sync ${relative.join('=')}: ${relative[0]} is no absolute path of the container.`,
      remedy: 'Say where it goes, and what goes there: --sync /opt/program=./src.',
    });
  }
  const mounted = pairs.find(([target]) => `${target}/`.startsWith('/opt/ml/') || target === '/opt');
  if (mounted) {
    throw fail('WrongUsage', {
      message: `--sync ${mounted.join('=')}: below /opt/ml is what SageMaker puts there.`,
      remedy: 'Code has its place elsewhere, such as /opt/program; --model and --input bring models and data.',
    });
  }
  const paths = new Map(pairs.map(([target, path]) => [target, resolve(cwd, path)]));
  for (const path of paths.values()) if (!existsSync(path)) throw fail('InputNotFound', { what: '--sync', path });
  return paths;
}

const nothingToWatch = (reference: string): Error =>
  fail('WrongUsage', {
    message: `--watch has nothing to watch: ${reference} is an image, and nothing says what it is made of.`,
    remedy:
      'Name the directory with its Dockerfile, say what goes into it with --sync /opt/program=./src, or bring the program with --source-dir.',
  });
