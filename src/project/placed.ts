import { isError, SmLocalError } from '../errors.ts';
import type { Given } from './merge.ts';
import type { ProjectGiven } from './project.ts';

/**
 * An error about what a project file says, with its place there: options are told by their flags. `all`: what the command was run with; what
 * did not come from the file as it is has no place.
 */
export function placed(error: unknown, all: Given, file: ProjectGiven): unknown {
  if (!isError(error) || error.blame !== 'caller') return error;
  const detail = error.detail as Readonly<Record<string, unknown>>;
  const key = ['message', 'what'].find((name) => typeof detail[name] === 'string');
  const option = detail.what === 'Image directory' ? 'image' : (/--([a-z0-9-]+)/.exec(error.message)?.[1] ?? '');
  const isOfFile = option === 'image' ? all.image === file.image : all.given[option] === file.given[option];
  const place = file.places[option];
  if (place === undefined || key === undefined || !isOfFile) return error;
  return new SmLocalError(error.code, { ...detail, [key]: `${place}: ${String(detail[key])}` } as never, error.cause);
}
