import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { fail, isError } from '../../errors.ts';
import type { BuildOptions, BuildSpec, EngineAddress, Image } from '../engine.ts';
import { isForPlatform } from '../platform.ts';
import { proxiesFor, withProxies } from '../proxies.ts';
import { parseReference } from '../reference.ts';
import { contextUnreadable, packContext } from './build-context.ts';
import { type Client, engineError, messageOf, statusOf } from './client.ts';
import { imagesIn } from './dockerfile.ts';
import { helperTrouble } from './pull.ts';
import { pullFailure } from './pull-failure.ts';
import { pullProgress } from './pull-progress.ts';
import { readRecords } from './records.ts';
import { type CredentialSource, header, loginsFor } from './registry-credentials.ts';

export interface BuildContext extends BuildOptions {
  readonly inspect: (reference: string) => Promise<Image | undefined>;
}

/** Has the engine build an image. Errors: BuildFailed, InputUnreadable, EngineDiskFull; the signal's reason. */
export async function buildImage(
  client: Client,
  address: EngineAddress,
  credentials: CredentialSource,
  spec: BuildSpec,
  { inspect, onLine, onProgress, onWarning, signal }: BuildContext,
): Promise<void> {
  const dockerfile = posix.normalize(spec.dockerfile ?? 'Dockerfile');
  const buildArguments = withProxies(spec.buildArguments ?? {}, proxiesFor(address.host, credentials.config()));
  const bases = await missingBases(spec, dockerfile, inspect);
  const onTrouble = (why: string, registry: string): void => onWarning?.(helperTrouble(why, registry));
  const logins = await loginsFor(bases.flatMap(registryOf), credentials, { signal, onTrouble });
  const context = await packContext(spec.directory, dockerfile);
  let unreadable: Error | undefined;
  context.once('error', (error) => {
    unreadable = contextUnreadable(spec.directory, error);
  });
  const step = stepLines();
  try {
    const stream = (await client.buildImage(context, {
      t: spec.tag,
      dockerfile,
      rm: true,
      forcerm: true,
      buildargs: { ...buildArguments },
      ...(spec.target && { target: spec.target }),
      ...(spec.platform && { platform: spec.platform }),
      ...(spec.labels && { labels: { ...spec.labels } }),
      // Its types know only credentials in clear, which it would encode in an alphabet that the engine does not read.
      ...(Object.keys(logins).length > 0 && { registryconfig: header(logins) as never }),
      ...(signal && { abortSignal: signal }),
    })) as unknown as Readable;
    const progress = pullProgress();
    for await (const record of readRecords(stream)) {
      if (record.error) throw buildFailed(spec, String(record.error), step.last(), bases);
      const sum = progress(record);
      if (sum) onProgress?.(sum);
      else for (const line of step.add(textOf(record))) onLine?.(line);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (unreadable) throw unreadable;
    if (isError(error)) throw error;
    if (statusOf(error) !== undefined) throw buildFailed(spec, messageOf(error), step.last(), bases);
    throw engineError(error, `build ${spec.directory}`, address);
  } finally {
    context.destroy(); // an engine that gave up leaves it half read
  }
}

/** The base images that the engine will have to pull; where the Dockerfile cannot be read the engine says so. */
async function missingBases(
  { directory, buildArguments, platform }: BuildSpec,
  dockerfile: string,
  inspect: BuildContext['inspect'],
): Promise<readonly string[]> {
  const text = await readFile(join(directory, dockerfile), 'utf8').catch(() => '');
  const images = await Promise.all(imagesIn(text, buildArguments).map(async (name) => ({ name, local: await inspect(name) })));
  return images.filter(({ local }) => !local || (platform && !isForPlatform(local, platform))).map(({ name }) => name);
}

function registryOf(image: string): readonly string[] {
  const reference = parseReference(image);
  return 'invalid' in reference ? [] : [reference.registry];
}

/** What the builder and its commands print comes with their own line ends, what is said of a pull without. */
function textOf({ stream, status, id }: Record<string, unknown>): string {
  if (status !== undefined) return String(status).startsWith('Pulling from ') ? `${status}:${id}\n` : `${status}\n`;
  return withoutColour(String(stream ?? ''));
}

/** The builder paints what a command prints on stderr red. */
const withoutColour = (text: string): string => text.replaceAll('\u001B[91m', '').replaceAll('\u001B[0m', '');

/** The lines of the step that the builder is at; it prints its own text and the commands' output alike, in pieces of any size. */
function stepLines() {
  let rest = '';
  let step: string[] = [];
  return {
    /** The lines that became whole. */
    add(text: string): string[] {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      const whole = lines.map((line) => line.trimEnd()).filter((line) => line !== '');
      for (const line of whole) step = /^Step \d+\/\d+ : /.test(line) ? [line] : [...step.slice(0, 1), ...step.slice(1).slice(-19), line];
      return whole;
    },
    last: (): string[] => [...step, rest].filter((line) => line !== '' && !/^ ?---> |^Removing intermediate container/.test(line)),
  };
}

/** `lines`: the last ones of the step that failed; `bases`: the images that had to be pulled. */
export function buildFailed(spec: BuildSpec, message: string, lines: readonly string[] = [], bases: readonly string[] = []): Error {
  const why = message.trim();
  if (/no space left on device/.test(why)) return fail('EngineDiskFull', { action: `build ${spec.directory}`, why });
  const text = [why, ...lines.map((line) => `  ${line}`)].join('\n');
  return fail('BuildFailed', { directory: spec.directory, message: text, remedy: remedyFor(why, text, spec, bases) });
}

function remedyFor(why: string, text: string, { platform }: BuildSpec, bases: readonly string[]): string {
  if (isBaseMissing(why)) {
    const base = bases.find((name) => why.includes(name.split(/[:@]/)[0] ?? '')) ?? bases[0] ?? '';
    const { remedy } = pullFailure(why, { image: base, platform, hadLogin: false });
    return `The base image could not be pulled. ${remedy}\nWhere the Dockerfile takes its base from an argument, name an image you have: --build-arg BASE_IMAGE=<image>`;
  }
  if (platform && /exec format error/.test(text)) {
    return `The image is built for ${platform}, which this engine cannot emulate: install binfmt support for it, or set DOCKER_DEFAULT_PLATFORM to the engine's own platform.`;
  }
  return 'Correct the step that failed and try again.';
}

/** Not the failure of a command of a RUN step, which may well have talked to some registry of its own. */
const isBaseMissing = (why: string): boolean =>
  !/^The command /.test(why) &&
  /no such host|dial tcp|registry|pull access denied|unauthorized|no basic auth|manifest|x509:|i\/o timeout|connection refused|toomanyrequests/.test(
    why,
  );
