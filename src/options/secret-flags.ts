import { readFileSync, statSync } from 'node:fs';
import type { BuildSecret } from '../engine/engine.ts';
import { fail, reasonOf } from '../errors.ts';
import { absolutePath } from '../host-paths.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * `id=pip,src=FILE`, `id=pip,env=VARIABLE`, or `id=pip` alone, which is the variable of that name, else the file, as the docker program has it.
 * Errors: WrongUsage.
 */
export function secretsOf(texts: readonly string[], surroundings: Pick<Surroundings, 'env' | 'cwd'>): ReadonlyMap<string, BuildSecret> {
  const secrets = new Map<string, BuildSecret>();
  for (const text of texts) {
    const [id, secret] = secretOf(text, surroundings);
    if (secrets.has(id)) throw wrong(text, `there are two of the id ${id}`);
    secrets.set(id, secret);
  }
  return secrets;
}

function secretOf(text: string, { env, cwd }: Pick<Surroundings, 'env' | 'cwd'>): readonly [id: string, secret: BuildSecret] {
  const fields = new Map(text.split(',').map((field) => [field.split('=')[0] ?? '', field.slice(field.indexOf('=') + 1)]));
  for (const key of fields.keys()) {
    if (!known.includes(key)) throw wrong(text, `"${key}" says nothing of a secret`);
  }
  const [id, type] = [fields.get('id'), fields.get('type')];
  if (!id) throw wrong(text, 'it has no id');
  if (type !== undefined && type !== 'file' && type !== 'env') throw wrong(text, `there is no type "${type}"`);
  const source = fields.get('src') ?? fields.get('source');
  const own = type !== 'file' && source === undefined && env[id] !== undefined ? id : undefined;
  const variable = fields.get('env') ?? (type === 'env' ? (source ?? id) : own);
  if (variable !== undefined && source !== undefined && type !== 'env') throw wrong(text, 'src and env contradict each other');
  if (variable !== undefined) {
    const value = env[variable];
    if (value === undefined) throw wrong(text, `the environment has no ${variable}`);
    return [id, { content: sized(Buffer.from(value), text) }];
  }
  const path = absolutePath(source ?? id, cwd);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile())
    throw wrong(text, found ? `${path} is ${found.isDirectory() ? 'a directory' : 'no regular file'}` : `there is no file ${path}`);
  return [id, { content: sized(readable(path, text), text), path }];
}

function readable(path: string, text: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw wrong(text, reasonOf(error));
  }
}

const known: readonly string[] = ['id', 'type', 'src', 'source', 'env'];

/** BuildKit takes no larger ones. */
const mostBytes = 500 * 1024;

function sized(content: Buffer, text: string): Buffer {
  if (content.length > mostBytes) throw wrong(text, `it has ${content.length} bytes, and ${mostBytes} are allowed`);
  return content;
}

/** The text holds no secret, only where to find one. */
const wrong = (text: string, why: string): Error =>
  fail('WrongUsage', {
    message: `--secret ${text}: ${why}.`,
    remedy: 'Write it as --secret id=pip,src=FILE or --secret id=pip,env=VARIABLE.',
  });
