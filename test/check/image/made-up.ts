import type { ImageContent } from '../../../src/check/evidence/image-content.ts';
import type { FileEntry, Layer } from '../../../src/check/evidence/layer.ts';
import { mergedFiles } from '../../../src/check/evidence/merged-files.ts';
import { whyNotPlayed } from '../../../src/check/parts.ts';
import type { CheckRequest } from '../../../src/check/request.ts';
import type { Subject } from '../../../src/check/subject.ts';
import type { Image } from '../../../src/engine/engine.ts';

/** A program for this processor, linked statically. */
export const program: FileEntry = { kind: 'file', mode: 0o755, size: 9, program: { form: 'elf', architecture: 'amd64' } };

/** A script that may be executed. */
export const script = (text: string, mode = 0o755): FileEntry => ({
  ...{ kind: 'file', mode, size: text.length, text },
  program: text.startsWith('#!') ? { form: 'script', line: (text.split('\n', 1)[0] ?? '').slice(2) } : { form: 'unknown' },
});

export const link = (target: string): FileEntry => ({ kind: 'link', mode: 0o777, size: 0, target });

/** An image that exists nowhere, with these files in one layer. */
export function madeUp(
  image: Partial<Image> = {},
  {
    files = {},
    history = [],
    exposedPorts = [],
    parts = [],
  }: {
    readonly files?: Readonly<Record<string, FileEntry>>;
    readonly parts?: CheckRequest['parts'];
  } & Partial<Pick<ImageContent, 'history' | 'exposedPorts'>> = {},
): Subject {
  const layer: Layer = { entries: new Map(Object.entries(files)), deleted: [], emptied: [], instruction: '' };
  const content = async (): Promise<ImageContent> => ({ layers: [layer], ...mergedFiles([layer]), history, exposedPorts, unread: 0 });
  const whole: Image = {
    ...{ id: 'sha256:1', tags: [], os: 'linux', architecture: 'amd64', size: 9, entrypoint: undefined, command: undefined },
    ...{ environment: {}, user: '', workingDirectory: '', labels: {} },
    ...image,
  };
  const request = { parts, platform: 'linux/amd64', source: { kind: 'image', reference: 'made-up' } } as unknown as CheckRequest;
  return {
    ...{ image: whole, request, content, signal: new AbortController().signal },
    dockerfile: async () => undefined,
    whyNot: (area) => whyNotPlayed(area, { request, image: whole, content }),
  } as Subject;
}
