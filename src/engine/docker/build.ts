import { randomUUID } from 'node:crypto';
import { isAbsolute, join, posix, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { isError } from '../../errors.ts';
import { contextUnreadable, readRegularFile } from '../context-files.ts';
import { type Dockerfile, parseDockerfile } from '../dockerfile.ts';
import type { BuildOptions, BuildSpec, EngineAddress, EngineDescription, Image } from '../engine.ts';
import { isForPlatform } from '../platform.ts';
import { proxiesFor, withProxies } from '../proxies.ts';
import { parseReference } from '../reference.ts';
import { imagesIn } from './base-images.ts';
import { packContext } from './build-context.ts';
import { areLayersGone, buildFailed, type FailureContext } from './build-failure.ts';
import { askBuilder, type Builder, chooseBuilder, syntaxNote } from './builder.ts';
import { buildKitProgress } from './buildkit/progress.ts';
import { openSession, type SessionAnswers } from './buildkit/session.ts';
import { type Client, engineError, messageOf, statusOf } from './client.ts';
import { legacyProgress } from './legacy-progress.ts';
import { helperTrouble } from './pull.ts';
import { readRecords } from './records.ts';
import { type CredentialSource, header, loginFor, loginsFor } from './registry-credentials.ts';
import { unmatchedSecrets } from './secret-mounts.ts';

export interface DockerBuildOptions extends BuildOptions {
  readonly inspect: (reference: string) => Promise<Image | undefined>;
  readonly describe: () => Promise<EngineDescription>;
}

/** Has the engine build an image. Errors: BuildFailed, BuilderLacks, InputUnreadable, EngineDiskFull; the signal's reason. */
export async function buildImage(
  client: Client,
  address: EngineAddress,
  credentials: CredentialSource,
  spec: BuildSpec,
  options: DockerBuildOptions,
): Promise<void> {
  const { onNote, onWarning: _, ...again } = options; // what there is to be said of the Dockerfile is said once
  for (let attempt = 1; ; attempt += 1) {
    const gone = await tryBuild(client, address, credentials, spec, attempt === 1 ? options : again);
    if (!gone) return;
    options.signal?.throwIfAborted();
    if (attempt === mostAttempts) throw gone;
    onNote?.('Layers that the build had found in the cache were removed meanwhile, by somebody else: it begins again.');
  }
}

/** Each finds less in the cache than the one before, unless somebody builds and removes the same all the time. */
const mostAttempts = 3;

/** As `buildImage`; the failure, in place of throwing it, where only layers have gone that another attempt makes anew. */
async function tryBuild(
  client: Client,
  address: EngineAddress,
  credentials: CredentialSource,
  spec: BuildSpec,
  options: DockerBuildOptions,
): Promise<Error | undefined> {
  const { inspect, describe, signal } = options;
  const file = await findDockerfile(spec);
  const { dockerfile } = file;
  const plan = { file: file.shown, dockerfile, hasSecrets: (spec.secrets?.size ?? 0) > 0, buildArguments: spec.buildArguments ?? {} };
  const builder = await chooseBuilder(plan, async () => askBuilder(client, address, await describe()));
  const note = syntaxNote(plan, builder);
  if (note !== undefined) options.onNote?.(note);
  for (const warning of unmatchedSecrets(dockerfile, spec)) options.onWarning?.(warning);
  const bases = await missingBases(spec, dockerfile, inspect);
  const onTrouble = (why: string, registry: string): void => options.onWarning?.(helperTrouble(why, registry));
  const access = { signal, onTrouble };
  if (builder !== 'buildkit') for (const warning of await otherPlatforms(spec, dockerfile, inspect)) options.onWarning?.(warning);
  const logins = builder === 'buildkit' ? {} : await loginsFor(bases.flatMap(registryOf), credentials, access);
  const answers = answersOf(spec, async (registry) => await loginFor(registry, credentials, access));
  const context: FailureContext = { file: file.shown, bases, ...(builder === 'buildkit' && { syntax: dockerfile.syntax }) };
  const packed = await packContext(spec.directory, {
    dockerfile: file.name,
    ...(file.content && { content: file.content }),
    appliesRules: builder !== 'buildkit',
    without: secretFiles(spec),
    onSent: options.onContext,
    onWarning: options.onWarning,
  });
  let unreadable: Error | undefined;
  const broken = new AbortController(); // the client does not notice what failed before it sends
  packed.once('error', (error) => {
    unreadable = contextUnreadable(spec.directory, error);
    broken.abort(unreadable);
  });
  const reader = builder === 'buildkit' ? buildKitProgress(file.shown, dockerfile, options) : legacyProgress(dockerfile, options);
  try {
    await using session = builder === 'buildkit' ? await openSession(client, answers, signal) : undefined;
    const buildArguments = withProxies(spec.buildArguments ?? {}, proxiesFor(address.host, credentials.config()));
    const id = session && randomUUID();
    const cancel = (): void => void cancelBuild(client, id);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const stream = (await client.buildImage(packed, {
        ...parametersOf(
          spec.platform === undefined || (await wantsPlatform(describe, dockerfile, bases)) ? spec : { ...spec, platform: undefined },
          builder,
        ),
        dockerfile: file.name,
        buildargs: { ...buildArguments },
        ...(session && { session: session.id, buildid: id }),
        // Its types know only credentials in clear, which it would encode in an alphabet that the engine does not read.
        ...(Object.keys(logins).length > 0 && { registryconfig: header(logins) as never }),
        abortSignal: AbortSignal.any([broken.signal, ...(signal ? [signal] : [])]),
      })) as unknown as Readable;
      for await (const record of readRecords(stream)) {
        if (record.error) {
          const failure = buildFailed(spec, String(record.error), { ...context, failed: reader.failed() });
          if (builder === 'legacy' && !unreadable && areLayersGone(String(record.error))) return failure;
          throw failure;
        }
        reader.read(record);
      }
      reader.done();
      return undefined;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (unreadable) throw unreadable;
    if (isError(error)) throw error;
    if (statusOf(error) !== undefined) throw buildFailed(spec, messageOf(error), { ...context, failed: reader.failed() });
    throw engineError(error, `build ${spec.directory}`, address);
  } finally {
    packed.destroy(); // an engine that gave up leaves it half read
  }
}

const secretFiles = ({ secrets = new Map() }: BuildSpec): readonly string[] =>
  [...secrets.values()].flatMap(({ path }) => (path === undefined ? [] : [path]));

/** In the words of the engine's API. */
function parametersOf(spec: Omit<BuildSpec, 'platform'> & { readonly platform?: string | undefined }, builder: Builder): object {
  const { tag, otherTags = [], target, platform, labels, noCache, pull, cacheFrom = [] } = spec;
  return {
    t: [tag, ...otherTags],
    rm: true,
    forcerm: true,
    ...(target && { target }),
    ...(platform && { platform }),
    ...(labels && { labels: { ...labels } }),
    ...(noCache && { nocache: true }),
    ...(pull && { pull: 'true' }),
    ...(cacheFrom.length > 0 && { cachefrom: [...cacheFrom] }),
    ...(builder === 'buildkit' && { version: 2 }), // as a text it would have the client open a session of its own
  };
}

interface FoundDockerfile {
  /** In the archive. */
  readonly name: string;
  /** For people. */
  readonly shown: string;
  readonly dockerfile: Dockerfile;
  /** Of one that lies outside of the directory. */
  readonly content?: Buffer;
}

/** Where there is none the engine says so, unless it lies elsewhere. Errors: InputUnreadable. */
async function findDockerfile({ directory, dockerfile = 'Dockerfile' }: BuildSpec): Promise<FoundDockerfile> {
  const name = isAbsolute(dockerfile) ? relative(directory, dockerfile) : posix.normalize(dockerfile);
  if (!name.startsWith('..')) {
    const text = await readRegularFile(join(directory, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw contextUnreadable(directory, error);
      return '';
    });
    return { name, shown: name, dockerfile: parseDockerfile(text.toString('utf8')) };
  }
  const path = join(directory, name);
  const content = await readRegularFile(path).catch((error: unknown) => {
    throw contextUnreadable(path, error);
  });
  return { name: '.sm-local.dockerfile', shown: dockerfile, dockerfile: parseDockerfile(content.toString('utf8')), content };
}

/** The base images that the engine will have to pull. */
async function missingBases(
  { buildArguments, platform, pull }: BuildSpec,
  dockerfile: Dockerfile,
  inspect: DockerBuildOptions['inspect'],
): Promise<readonly string[]> {
  const images = await Promise.all(imagesIn(dockerfile, buildArguments).map(async (name) => ({ name, local: await inspect(name) })));
  return images.filter(({ local }) => pull || !local || (platform && !isForPlatform(local, platform))).map(({ name }) => name);
}

/** What FROM says of platforms that the builder does not heed, as it takes the image that is there. */
async function otherPlatforms(
  { dockerfile: name = 'Dockerfile', buildArguments }: BuildSpec,
  { instructions }: Dockerfile,
  inspect: DockerBuildOptions['inspect'],
): Promise<readonly string[]> {
  const warnings: string[] = [];
  const before = instructions.slice(
    0,
    instructions.findIndex((each) => each.name === 'FROM'),
  );
  for (const instruction of instructions) {
    const wanted = /^--platform=([^$]+)$/.exec(instruction.name === 'FROM' ? (instruction.words[0] ?? '') : '')?.[1];
    if (wanted === undefined) continue;
    const [image = ''] = imagesIn({ instructions: [...before, instruction] }, buildArguments);
    const local = image === '' ? undefined : await inspect(image);
    if (!local || isForPlatform(local, wanted)) continue;
    warnings.push(
      `${name}:${instruction.line}: the stage is to be for ${wanted}, and ${image}, which is there, is for ${local.os}/${local.architecture}.`,
    );
  }
  return warnings;
}

/**
 * Told a platform, podman asks the registries of all base images for newer ones, which takes its time where none can be reached. Where all are
 * there for the platform the image becomes one for it anyway.
 */
async function wantsPlatform(
  describe: DockerBuildOptions['describe'],
  { instructions }: Dockerfile,
  missing: readonly string[],
): Promise<boolean> {
  const isFromNothing = instructions.some(({ name, words }) => name === 'FROM' && words.includes('scratch'));
  return missing.length > 0 || isFromNothing || (await describe()).kind !== 'podman';
}

function registryOf(image: string): readonly string[] {
  const reference = parseReference(image);
  return 'invalid' in reference ? [] : [reference.registry];
}

/** A token of a registry of its own kind cannot be handed on this way; a registry that wants one says that it denies. */
const answersOf = ({ secrets }: BuildSpec, login: (registry: string) => ReturnType<typeof loginFor>): SessionAnswers => ({
  secret: async (id) => secrets?.get(id)?.content,
  credentials: async (host) => {
    const found = await login(host === 'registry-1.docker.io' ? 'docker.io' : host);
    if (found?.identitytoken) return { username: '', secret: found.identitytoken };
    return found?.username === undefined ? undefined : { username: found.username, secret: found.password ?? '' };
  },
});

/** BuildKit goes on for a while after its client has gone, unless it is told. */
async function cancelBuild(client: Client, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  await new Promise<void>((resolve) => {
    const dialed = { method: 'POST', path: '/build/cancel?', options: { id }, statusCodes: { 200: true, 204: true } };
    (client.modem as { dial(request: object, done: () => void): void }).dial(dialed, () => resolve());
  });
}
