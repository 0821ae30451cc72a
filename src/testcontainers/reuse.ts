import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ContainerDefinition, CreateModelInput } from '@aws-sdk/client-sagemaker';
import { Emulator } from '../emulator.ts';
import { wantedPlatform } from '../engine/platform.ts';
import { type ImageSource, resolveImage } from '../engine/resolve-image.ts';
import { fail } from '../errors.ts';
import { type ServedEndpoint, type ServeOptions, serve } from '../index.ts';
import { ask, inOwnWords } from '../library/asking.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import { serveOptions } from '../options/serve-options.ts';
import { servingSpec } from '../options/serving-spec.ts';
import type { Scope } from '../scope.ts';
import { defaultHome, openHome, reuseName } from '../store/home.ts';
import { localPath } from '../store/location.ts';
import { enterReuseHome } from './reuse-home.ts';
import { ofTestcontainers, type Runtime } from './runtime.ts';

/** As testcontainers has it for containers of its own. */
export const isReuseOn = (): boolean => process.env.TESTCONTAINERS_REUSE_ENABLE !== 'false';

/**
 * The endpoint of these options as an earlier process has left it, or a new one that the next process finds; one that goes with this process while
 * another one has it. `labels`: those of the user. What goes with it is left to `scope`. Errors: WrongUsage; as `serve`.
 */
export async function serveReused(
  options: ServeOptions,
  labels: Readonly<Record<string, string>>,
  runtime: Runtime,
  scope: Scope,
): Promise<ServedEndpoint> {
  if (isReuseOn()) {
    const reused = await reusedOptions(options, labels, runtime);
    const home = await enterReuseHome(reused.home, runtime.engine, options.signal);
    if (home) {
      scope.use(home);
      return scope.use(await serve(reused));
    }
  }
  return scope.use(await serve(options));
}

/** A network ends with the test run that made it, and with it what an endpoint reaches there. Errors: WrongUsage. */
export function refuseReuseIn(networks: readonly unknown[]): void {
  if (networks.length === 0) return;
  throw fail('WrongUsage', {
    message:
      'withReuse() and withNetwork() together: the endpoint would outlive the network, and each run with a network of its own would leave one.',
    remedy:
      "Leave one of the two out. What listens on a fixed port of this machine is reached with withExtraHosts([{ host: 'db', ipAddress: 'host-gateway' }]).",
  });
}

/**
 * What `serve` is asked with for an endpoint that outlives its process: what the options come to, with all that they name, has a home of its own,
 * in which the next process finds it. The reaper of the session is not to find it. Errors: those of a build or a pull, and of the options.
 */
export async function reusedOptions(
  options: ServeOptions,
  labels: Readonly<Record<string, string>>,
  { engine }: Pick<Runtime, 'engine'>,
): Promise<ServeOptions & { readonly home: string }> {
  const asked = await inOwnWords(() => ask('serve', serveOptions, options, ['requests', 'alarms', 'lasting', 'onBegin']));
  const { values, surroundings, inWords } = asked;
  const { home: _home, engine: _engine, ...settings } = values;
  const { home = defaultHome(), ...access } = await inWords(() => emulatorOptions({ ...values, engine: undefined }, surroundings));
  const isNamed = values.name !== undefined || values.request !== undefined || options.requests !== undefined;
  const named = isNamed ? values : { ...values, name: 'reused' };
  const emulator = new Emulator(await openHome(home), engine, { engine });
  const { requests, setting } = await inWords(() => servingSpec(asked.image, named, surroundings, emulator, options.requests));
  const images = await Promise.all(
    [...new Set(requests.models.flatMap(containersOf).flatMap(({ Image }) => Image ?? []))].map(async (reference) => {
      const { image: source, buildArguments } = setting.images?.[reference] ?? {
        image: { kind: 'image', reference } satisfies ImageSource,
      };
      const image = await resolveImage(engine, source, {
        platform: wantedPlatform(process.env).platform,
        labels: { 'sm-local.kind': 'image' },
        ...(buildArguments && { buildArguments }),
        ...(options.signal && { signal: options.signal }),
      });
      return image.id;
    }),
  );
  const code = values['entry-point'] === undefined ? [] : [resolve(surroundings.cwd, values['source-dir'] ?? values['entry-point'])];
  const files = await Promise.all([...requests.models.flatMap(dataOf), ...code].map(fingerprint));
  const { proxies } = engine.settings();
  const all = { settings, access, requests, images, files, labels, extraHosts: options.extraHosts, engine: engine.address.host, proxies };
  const hash = createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16);
  const [built] = Object.keys(setting.images ?? {}); // what is named beside the requests: it is built by now
  return {
    ...options,
    ...(built !== undefined && { image: built }),
    ...(!isNamed && { name: `reused-${hash}` }),
    labels: { ...ofTestcontainers, ...labels },
    ephemeral: false,
    lasting: true,
    home: join(home, reuseName, hash),
  };
}

const containersOf = ({ PrimaryContainer, Containers = [] }: CreateModelInput): readonly ContainerDefinition[] =>
  PrimaryContainer ? [PrimaryContainer, ...Containers] : Containers;

/** Where on this machine its data is. */
function dataOf(model: CreateModelInput): readonly string[] {
  const addresses = containersOf(model).flatMap(({ ModelDataUrl, ModelDataSource, AdditionalModelDataSources = [] }) => [
    ModelDataUrl,
    ...[ModelDataSource, ...AdditionalModelDataSources].map((source) => source?.S3DataSource?.S3Uri),
  ]);
  return addresses.flatMap((address) => (address?.startsWith('/') || address?.startsWith('file:') ? localPath(address, 'The model') : []));
}

/** Of each file its name, size and time of change. */
async function fingerprint(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined); // `serve` has better words for what is not there
  if (!found) return [];
  if (!found.isDirectory()) return [textOf(path, found)];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return await Promise.all(files.sort().map(async (file) => textOf(file, await stat(file))));
}

const textOf = (path: string, { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): string =>
  `${path} ${size} ${mtimeMs}`;
