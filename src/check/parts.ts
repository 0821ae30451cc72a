import { servingCapabilities } from '../contract/serving.ts';
import type { Image } from '../engine/engine.ts';
import { findProgram } from './evidence/find-program.ts';
import type { ImageContent } from './evidence/image-content.ts';
import type { Area, CheckRequest, Part } from './request.ts';

/** What tells which parts an image plays. */
interface Cast {
  readonly request: Pick<CheckRequest, 'parts'>;
  readonly image: Pick<Image, 'entrypoint' | 'environment' | 'labels' | 'workingDirectory'>;
  content(): Promise<ImageContent>;
}

/** Why checks of an area mean nothing for the image: it does not play that part. Undefined where it does, or may. */
export async function whyNotPlayed(area: Area, cast: Cast): Promise<string | undefined> {
  const part = parts[area];
  if (part === undefined) return undefined;
  const { parts: asked } = cast.request;
  if (asked.includes(part)) return undefined;
  if (part === 'multi-model') return isLabelled(cast) ? undefined : notMultiModel;
  if (asked.length > 0) return `only ${asked.map((each) => `--${each}`).join(' and ')} is asked for`;
  if (cast.image.entrypoint) return undefined; // whether it takes the argument shows when it runs
  const programs = await programsOf(cast);
  return programs.length === 0 || programs.includes(part)
    ? undefined
    : `it has no ENTRYPOINT and no program ${part}; if it should have: --${part}`;
}

const parts: Readonly<Record<Area, Part | undefined>> = {
  image: undefined,
  train: 'train',
  serve: 'serve',
  batch: 'serve',
  'multi-model': 'multi-model',
};

const multiModelLabel = servingCapabilities.multiModels;
const isLabelled = ({ image }: Cast): boolean => image.labels[multiModelLabel] === 'true';
const notMultiModel = `it has no label ${multiModelLabel}=true; if it should have: --multi-model`;

async function programsOf({ image, content }: Cast): Promise<readonly Part[]> {
  const all = await content();
  return (['train', 'serve'] as const).filter((name) => findProgram(all, image, name).state !== 'missing');
}
