import { size } from '../../units.ts';
import { type Check, failed, inapplicable, passed } from '../check.ts';
import { type ContextEntries, readBuildContext } from '../evidence/build-context.ts';
import { sources } from '../sources.ts';
import { listed } from './listed.ts';
import { ofImage } from './places.ts';
import { secretInFile } from './secret-files.ts';

/** Bytes that every build sends before it begins. */
const large = 100_000_000;

export const buildContext: Check = {
  name: 'build-context',
  area: 'image',
  proves: "the directory's .dockerignore keeps out what no image needs",
  severity: 'note',
  source: sources.docker,
  async look(subject) {
    const { source } = subject.request;
    const dockerfile = await subject.dockerfile();
    if (source.kind !== 'directory' || !dockerfile) return inapplicable('it is an image that is checked, not a directory');
    const context = await readBuildContext(source.path, dockerfile.file);
    const total = sizeBelow(context, '');
    const copy = ofImage(dockerfile).findLast(({ name, text }) => (name === 'COPY' || name === 'ADD') && takesAll(text));
    const unneeded = copy ? unneededIn(context) : [];
    const secrets = copy ? secretsIn(context) : [];
    if (unneeded.length === 0 && secrets.length === 0 && total <= large)
      return passed(`A build sends ${size(total)} to the engine.`, { bytes: total });
    const items = [...unneeded, ...secrets.map(({ path }) => path)];
    const texts = [
      ...(unneeded.length > 0 ? [`${copy?.name} takes ${listed(unneeded)} into the image.`] : []),
      ...secrets.map(({ path, kind }) => `${copy?.name} takes ${path} into the image, which holds ${kind}.`),
      ...(total > large ? [`Every build sends ${size(total)} to the engine before it begins${largestOf(context)}.`] : []),
    ];
    return failed(
      texts.join(' '),
      {
        remedy: `Name it in .dockerignore, a line each${items.length > 0 ? `: ${items.join(', ')}` : ''}. Or copy only what the image needs.`,
        items: items.length > 0 ? items : ['size'],
        ...(copy && items.length > 0 && { places: [{ file: dockerfile.file, line: copy.line }] }),
      },
      { bytes: total },
    );
  },
};

/** `COPY . /srv`, `ADD ["./", "/srv"]`; what comes out of a stage is of no context. */
function takesAll(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => !word.startsWith('--'));
  const from = words.slice(0, -1).map((word) => word.replaceAll(/[[\]",]/g, ''));
  return !/--from=/.test(text) && from.some((word) => /^(?:\.\/?|\/|\*)$/.test(word));
}

/** What only the place needs where people work. */
function unneededIn(context: ContextEntries): readonly string[] {
  const isEnvironment = (path: string): boolean => context.has(`${path}/pyvenv.cfg`);
  return [...context].flatMap(([path, { kind }]) => {
    if (kind !== 'directory') return [];
    const isTop = !path.slice(1).includes('/');
    return (isTop && (path === '/.git' || path === '/node_modules')) || isEnvironment(path) ? [path.slice(1)] : [];
  });
}

const secretsIn = (context: ContextEntries): readonly { readonly path: string; readonly kind: string }[] =>
  [...context].flatMap(([path, entry]) => {
    const kind = secretInFile(path, entry, context);
    return kind === undefined ? [] : [{ path: path.slice(1), kind }];
  });

const sizeBelow = (context: ContextEntries, directory: string): number =>
  [...context].reduce((sum, [path, { size }]) => sum + (path.startsWith(`${directory}/`) || path === directory ? size : 0), 0);

/** `, 240 MB of it data` */
function largestOf(context: ContextEntries): string {
  const tops = [...context.keys()].filter((path) => !path.slice(1).includes('/'));
  const sizes = tops.map((path) => ({ path, size: sizeBelow(context, path) })).sort((one, other) => other.size - one.size);
  const [first] = sizes;
  return first && first.size > large / 2 ? `, ${size(first.size)} of it ${first.path.slice(1)}` : '';
}
