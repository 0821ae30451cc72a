import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BuildSpec } from '../engine/engine.ts';
import { parseReference } from '../engine/reference.ts';
import { directoryTag } from '../engine/resolve-image.ts';
import { fail } from '../errors.ts';
import { absolutePath } from '../host-paths.ts';
import { directoryLabels } from '../image.ts';
import type { BuildValues } from './build-options.ts';
import { buildArguments, variables } from './common-flags.ts';
import { orInit } from './or-init.ts';
import { secretsOf } from './secret-flags.ts';
import type { Surroundings } from './surroundings.ts';

/** What `sm-local build` is asked for. Errors: WrongUsage, InputNotFound, InputUnreadable. */
export function buildSpec(directory: string | undefined, values: BuildValues, surroundings: Surroundings): BuildSpec {
  const { cwd, env } = surroundings;
  const { file, target, platform = 'linux/amd64' } = values;
  const path = contextOf(directory, cwd);
  const dockerfile = file === undefined ? undefined : dockerfileAt(file, cwd);
  if (dockerfile === undefined && !existsSync(join(path, 'Dockerfile'))) {
    throw fail('InputUnreadable', { what: 'Image directory', path, why: 'it holds no Dockerfile (--file names one elsewhere)' });
  }
  if (!/^linux\/(?:amd64|386|arm64|arm|ppc64le|s390x|riscv64|mips64le|loong64)(?:\/v\d)?$/.test(platform)) {
    throw fail('WrongUsage', {
      message: `--platform ${platform}: that is not one platform of Linux.`,
      remedy: 'Write it as linux/amd64 or linux/arm64.',
    });
  }
  if (target === '')
    throw fail('WrongUsage', { message: '--target is empty.', remedy: 'Name a stage of the Dockerfile, or leave it out.' });
  for (const image of values['cache-from']) {
    const reference = parseReference(image);
    if ('invalid' in reference) {
      throw fail('WrongUsage', { message: `--cache-from ${image}: ${reference.invalid}.`, remedy: 'Write it as name:tag.' });
    }
  }
  const [tag = directoryTag(path), ...otherTags] = values.tag.map(named);
  // Under the name that train and serve give it, it is theirs, with the same steps.
  const labels = { ...(values.tag.length === 0 && directoryLabels), ...variables('--label', values.label) };
  return {
    directory: path,
    tag,
    otherTags,
    platform,
    labels,
    buildArguments: buildArguments(values['build-arg'], env),
    secrets: secretsOf(values.secret, surroundings),
    cacheFrom: values['cache-from'],
    noCache: values['no-cache'],
    pull: values.pull,
    ...(dockerfile !== undefined && { dockerfile }),
    ...(target !== undefined && { target }),
  };
}

function contextOf(directory: string | undefined, cwd: string): string {
  if (directory === undefined) {
    throw fail('WrongUsage', {
      message: 'sm-local build needs a directory with a Dockerfile.',
      remedy: `Name it: sm-local build . builds this one; or write image: ./its-directory in sm-local.yaml. ${orInit}`,
    });
  }
  const path = absolutePath(directory, cwd);
  if (!existsSync(path)) throw fail('InputNotFound', { what: 'Image directory', path });
  if (!statSync(path).isDirectory()) throw fail('InputUnreadable', { what: 'Image directory', path, why: 'it is no directory' });
  return path;
}

function dockerfileAt(file: string, cwd: string): string {
  const path = resolve(cwd, file);
  if (!existsSync(path)) throw fail('InputNotFound', { what: '--file', path });
  if (!statSync(path).isFile()) throw fail('InputUnreadable', { what: '--file', path, why: 'it is no regular file' });
  return path;
}

function named(text: string): string {
  const reference = parseReference(text);
  if ('invalid' in reference || reference.digest !== undefined) {
    const why = 'invalid' in reference ? reference.invalid : 'a digest is no name that one can give';
    throw fail('WrongUsage', { message: `--tag ${text}: ${why}.`, remedy: 'Write it as name:tag, in lower-case letters.' });
  }
  return reference.tag === undefined ? `${text}:latest` : text;
}
