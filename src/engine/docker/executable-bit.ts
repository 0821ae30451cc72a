import { posix } from 'node:path';
import type { Container } from 'dockerode';

/**
 * The program that a container was to start with, where it is a file without its executable bit: runtimes look past such files on PATH, and say that
 * there is none. Undefined when it is anything else.
 */
export async function programWithoutBit(container: Container): Promise<string | undefined> {
  const { Path: program, Config } = await container.inspect();
  const directory = Config.WorkingDir || '/';
  const places = program.includes('/') ? [''] : pathIn(Config.Env ?? []);
  for (const place of places) {
    const path = posix.resolve(directory, place, program);
    if (await isPlainFile(container, path)) return path;
  }
  return undefined;
}

/** Docker's own, where an image sets none. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const pathIn = (environment: readonly string[]): readonly string[] =>
  (environment.find((variable) => variable.startsWith('PATH='))?.slice('PATH='.length) ?? defaultPath)
    .split(':')
    .filter((directory) => directory !== '');

async function isPlainFile(container: Container, path: string): Promise<boolean> {
  const found = await statOf(container, path);
  const file = found?.linkTarget ? await statOf(container, found.linkTarget) : found;
  return file !== undefined && (file.mode & notPlain) === 0;
}

/** Any executable bit; and those by which Go's os.FileMode says that it is no regular file: directory, link, device, pipe, socket, other. */
const notPlain = 0o111 | 0x8f28_0000;

interface PathStat {
  readonly mode: number;
  /** Within the container, links on the way resolved. */
  readonly linkTarget?: string;
}

/** Undefined when there is nothing at this path. Source: Docker Engine API, ContainerArchiveInfo. */
async function statOf(container: Container, path: string): Promise<PathStat | undefined> {
  const answer = await container.infoArchive({ path }).catch(() => undefined);
  const header = (answer as { readonly headers?: Readonly<Record<string, unknown>> } | undefined)?.headers?.[
    'x-docker-container-path-stat'
  ];
  return typeof header === 'string' ? (JSON.parse(Buffer.from(header, 'base64').toString()) as PathStat) : undefined;
}
