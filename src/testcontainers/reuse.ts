import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defaultHome } from '../emulator.ts';
import { wantedPlatform } from '../engine/platform.ts';
import { imageSource, resolveImage } from '../engine/resolve-image.ts';
import type { ServeOptions } from '../index.ts';
import { reuseName } from '../store/home.ts';
import { ofTestcontainers, type Runtime } from './runtime.ts';

/** As testcontainers has it for containers of its own. */
export const isReuseOn = (): boolean => process.env.TESTCONTAINERS_REUSE_ENABLE !== 'false';

/** What `serve` is asked with for an endpoint that outlives its process. */
export type ReusedOptions = ServeOptions & { readonly home: string };

/**
 * The endpoint with these settings, of this very image and model, has a home of its own, in which the next process finds it. The reaper of the session
 * is not to find it. Errors: those of a build or a pull; InputNotFound for an image directory.
 */
export async function reusedOptions(
  options: ServeOptions & { readonly image: string; readonly buildArg: Readonly<Record<string, string>> },
  labels: Readonly<Record<string, string>>,
  { engine }: Runtime,
): Promise<ReusedOptions> {
  const { engine: _engine, signal, onBegin: _onBegin, labels: _labels, ephemeral: _ephemeral, ...settings } = options;
  const source = imageSource(options.image, process.cwd());
  const image = await resolveImage(engine, source, {
    platform: wantedPlatform(process.env).platform,
    buildArguments: options.buildArg,
    labels: { 'sm-local.kind': 'image' },
    ...(signal && { signal }),
  });
  const model = typeof options.model === 'string' ? await fingerprint(resolve(options.model)) : [];
  const hash = createHash('sha256')
    .update(JSON.stringify({ settings, labels, image: image.id, engine: engine.address.host, model }))
    .digest('hex')
    .slice(0, 16);
  return {
    ...options,
    image: source.kind === 'image' ? source.reference : source.tag,
    name: options.name ?? `reused-${hash}`,
    labels: { ...ofTestcontainers, ...labels },
    ephemeral: false,
    lasting: true,
    home: join(process.env.SM_LOCAL_HOME || defaultHome(), reuseName, hash),
  };
}

/** Of each file its name, size and time of change; nothing of what is not on this machine. */
async function fingerprint(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined); // an address, or what `serve` has better words for
  if (!found) return [];
  if (!found.isDirectory()) return [textOf(path, found)];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return await Promise.all(files.sort().map(async (file) => textOf(file, await stat(file))));
}

const textOf = (path: string, { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): string =>
  `${path} ${size} ${mtimeMs}`;
