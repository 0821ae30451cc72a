import { lstatSync, type Stats, symlinkSync } from 'node:fs';
import { chmod, link, mkdir, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { servingCodeDirectory } from '../../contract/serving.ts';
import { fail } from '../../errors.ts';
import { copyFile } from '../../store/copy-file.ts';
import { codeOf, diskTrouble, isSystemError, whyOf } from '../../store/disk-trouble.ts';
import { each } from '../../store/each.ts';
import type { SourceCode } from '../../store/source-code.ts';
import { versionOf } from './locate.ts';

/** One thing of a model directory, or of the code. */
interface Piece {
  /** Relative, with `/`. */
  readonly name: string;
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly stats: Stats;
  /** Edits of it must not go through. */
  readonly isCopied: boolean;
}

/** The pieces of a model with code in its `code` directory; none of them is written yet. */
export interface CodeView {
  readonly pieces: readonly Piece[];
  /** Tells it from every other one, also from the same with a changed file. */
  readonly parts: readonly string[];
}

/**
 * A model directory with source code in its `code`: as the SDK packs it anew, a whole directory replaces the model's own `code`, a program
 * alone is put into it. Source: SageMaker Python SDK v2, `utils._create_or_update_code_dir`. Errors: InputUnreadable, and the signal's reason.
 */
export async function viewWithCode(
  model: string,
  code: SourceCode,
  onWarning: (message: string) => void,
  signal: AbortSignal,
): Promise<CodeView> {
  const own = `${servingCodeDirectory}/${code.program}`;
  const isReplaced = ({ name, kind }: Piece): boolean =>
    name === own || (name === servingCodeDirectory && (code.isDirectory || kind !== 'directory'));
  const ofModel: Piece[] = [];
  await walk(model, '', { isLeftOut: isReplaced, onPiece: (piece) => ofModel.push(piece), onWarning, signal });
  const top = { name: servingCodeDirectory, path: model, kind: 'directory', stats: lstat(model), isCopied: true } as const;
  const hasTop = ofModel.some(({ name }) => name === servingCodeDirectory);
  const ofCode = code.members.map(
    ({ name, path, kind }): Piece => ({
      name: `${servingCodeDirectory}/${name}`,
      path,
      kind,
      stats: lstat(path),
      isCopied: true,
    }),
  );
  const pieces = [...ofModel, ...(hasTop ? [] : [top]), ...ofCode];
  return {
    pieces,
    parts: ['code', ...pieces.map(({ name, path, kind, stats }) => [name, kind, stats.mode, versionOf(path, stats)].join('\0'))],
  };
}

interface Walk {
  readonly isLeftOut: (piece: Piece) => boolean;
  readonly onPiece: (piece: Piece) => void;
  readonly onWarning: (message: string) => void;
  readonly signal: AbortSignal;
}

async function walk(root: string, prefix: string, options: Walk): Promise<void> {
  options.signal.throwIfAborted();
  const entries = await readdir(join(root, prefix), { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(join(root, prefix), error);
  });
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const name = prefix + entry.name;
    const path = join(root, name);
    const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'symlink' : undefined;
    if (kind === undefined) {
      options.onWarning(`The model's ${name} was left out: it is neither a file nor a directory.`);
      continue;
    }
    const piece: Piece = { name, path, kind, stats: lstat(path), isCopied: false };
    if (options.isLeftOut(piece)) continue;
    options.onPiece(piece);
    if (kind === 'directory') await walk(root, `${name}/`, options);
  }
}

function lstat(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * Writes the pieces below `tree`, which is not there: files of the model as links where that can be. Errors: InputUnreadable, DiskTrouble, and
 * the signal's reason.
 */
export async function writeView(
  { pieces }: CodeView,
  tree: string,
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes: (count: number) => void },
): Promise<void> {
  const directories = pieces.filter(({ kind }) => kind === 'directory');
  try {
    await mkdir(tree, { recursive: true });
    for (const { name } of directories) await mkdir(join(tree, name), { recursive: true });
    await each(
      pieces.filter(({ kind }) => kind === 'file'),
      signal,
      async (piece, stopped) => {
        if (!piece.isCopied && (await isLinked(piece.path, join(tree, piece.name)))) return;
        await copyFile(piece.path, join(tree, piece.name), { what: 'The model', mode: piece.stats.mode & 0o777, signal: stopped, onBytes });
      },
    );
    for (const { name, path } of pieces.filter(({ kind }) => kind === 'symlink')) symlinkSync(await readlink(path), join(tree, name));
    // Last, as one may keep its own owner from writing; never so that it could not be removed.
    for (const { name, stats } of directories) await chmod(join(tree, name), (stats.mode & 0o777) | 0o700);
  } catch (error) {
    throw isSystemError(error) ? diskTrouble('write', tree, error) : error;
  }
}

/** False where a link cannot be had: another file system, somebody else's file, or too many links. */
async function isLinked(source: string, target: string): Promise<boolean> {
  try {
    await link(source, target);
    return true;
  } catch (error) {
    if (['EXDEV', 'EPERM', 'EMLINK', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(error) ?? '')) return false;
    throw isSystemError(error) && codeOf(error) === 'ENOENT' ? unreadable(source, error) : error;
  }
}

const unreadable = (path: string, error: unknown): Error => fail('InputUnreadable', { what: 'The model', path, why: whyOf(error) }, error);
