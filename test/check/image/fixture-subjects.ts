import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDockerfile } from '../../../src/check/evidence/dockerfile-text.ts';
import { readImageContent } from '../../../src/check/evidence/image-content.ts';
import { whyNotPlayed } from '../../../src/check/parts.ts';
import type { CheckRequest, Part } from '../../../src/check/request.ts';
import type { Subject } from '../../../src/check/subject.ts';
import { instancePlatform } from '../../../src/contract/instance-types.ts';
import type { Engine, Image } from '../../../src/engine/engine.ts';
import { baseImage, projectRoot, temporaryImage } from '../../support/real-engine.ts';

/** What `sm-local check` is asked for, as far as checks look at it that run nothing. */
export interface Asked {
  readonly parts?: readonly Part[];
  readonly platform?: string;
  /** The directory that the image is built of. */
  readonly directory?: string;
}

/** An image to be looked at without being run. */
export function subjectOf(engine: Engine, image: Image, { parts = [], platform = 'linux/amd64', directory }: Asked = {}): Subject {
  const { signal } = new AbortController();
  const source = directory === undefined ? { kind: 'image', reference: image.id } : { kind: 'directory', path: directory, tag: image.id };
  const request = { source, parts, platform } as unknown as CheckRequest;
  const read = readImageContent(engine, image, { signal, onProgress: () => {} });
  read.catch(() => {}); // whoever asks for it sees the failure
  const content = () => read;
  return {
    ...{ request, image, signal, content },
    dockerfile: async () => (directory === undefined ? undefined : await readDockerfile(directory)),
    whyNot: (area) => whyNotPlayed(area, { request, image, content }),
  } as Subject;
}

export const fixtureDirectory = (name: string): string => join(projectRoot, 'fixtures/checks', name);

/** As `check.json` of a fixture asks for it. */
export function askedBy(name: string): Asked {
  const path = join(fixtureDirectory(name), 'check.json');
  const options = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>) : {};
  const type = options['instance-type'];
  return {
    parts: (['train', 'serve', 'multi-model'] as const).filter((part) => options[part] === true),
    ...(typeof type === 'string' && { platform: instancePlatform(type) }),
    directory: fixtureDirectory(name),
  };
}

/**
 * What fixtures can be built on that nobody runs: two megabytes of busybox, and files where the real base image has programs. A base image that is
 * none of ours has no busybox to take.
 */
export const smallBase = (engine: Engine): Promise<Image & AsyncDisposable> =>
  temporaryImage(baseImage().startsWith('sm-local-base:') ? busyboxOnly : [], engine, baseImage());

const programs = 'for name in sh env python3 ln rm head; do ln -s busybox /small/usr/bin/$name; done';

const busyboxOnly = [
  `RUN mkdir -p /small/usr/local/bin /small/usr/bin && cp /proc/self/exe /small/usr/bin/busybox && ln -s usr/bin /small/bin && ${programs}`,
  'FROM scratch',
  'COPY --from=0 /small /',
  'ENV PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8',
];
