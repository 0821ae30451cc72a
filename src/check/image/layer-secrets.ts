import { basename, dirname } from 'node:path/posix';
import { type Check, failed, passed } from '../check.ts';
import type { ImageContent } from '../evidence/image-content.ts';
import { sources } from '../sources.ts';
import { placesOf } from './places.ts';
import { secretInFile } from './secret-files.ts';
import { instructionShown } from './secrets.ts';

export const layerSecrets: Check = {
  name: 'layer-secrets',
  area: 'image',
  proves: 'no layer holds a file with a secret, also none that a later layer deletes',
  severity: 'error',
  source: sources.containers,
  async look(subject) {
    const content = await subject.content();
    const found = secretsIn(content);
    const unread = content.unread > 0 ? ` ${content.unread} files were too many to be read.` : '';
    if (found.length === 0) return passed(`No file of any layer looks like a secret.${unread}`);
    const [first] = found;
    const isItsCopy = (text: string): boolean =>
      first !== undefined && [basename(first.path), `${dirname(first.path)}/`].some((part) => text.includes(part));
    return failed(found.map(told).join(' '), {
      ...(await placesOf(subject, 'COPY', isItsCopy)),
      remedy:
        'Renew what it was, then build without it: name it in .dockerignore, and bring what only the build needs with RUN --mount=type=secret. A later RUN rm does not take it out of its layer.',
      items: [...new Set(found.map(({ path }) => path))],
    });
  },
};

interface Found {
  readonly path: string;
  readonly kind: string;
  readonly instruction: string;
  readonly isGone: boolean;
}

const secretsIn = ({ layers, files }: ImageContent): readonly Found[] =>
  layers.flatMap(({ entries, instruction }) =>
    [...entries].flatMap(([path, entry]) => {
      const kind = secretInFile(path, entry, entries);
      return kind === undefined ? [] : [{ path, kind, instruction, isGone: files.get(path) !== entry }];
    }),
  );

const told = ({ path, kind, instruction, isGone }: Found): string =>
  `${path} holds ${kind}${instruction === '' ? '' : `, since \`${instructionShown(instruction)}\``}${isGone ? '; a later layer takes it away, yet it stays in this one' : ''}.`;
