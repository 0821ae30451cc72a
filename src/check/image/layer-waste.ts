import { size } from '../../units.ts';
import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { instructionShown } from './secrets.ts';

/** `worthwhile`: bytes, and the share of the image. */
export const layerWasteAbove = (worthwhile: { readonly bytes: number; readonly share: number }): Check => ({
  name: 'layer-waste',
  area: 'image',
  proves: 'little of the image is content that a later layer deletes or replaces',
  severity: 'note',
  source: sources.docker,
  async look(subject) {
    const { waste, layers } = await subject.content();
    const { size: whole } = subject.image;
    const wasted = waste.reduce((sum, each) => sum + each.bytes, 0);
    const share = whole > 0 ? wasted / whole : 0;
    const [largest] = waste;
    const facts = { bytes: wasted, share: Math.round(share * 1000) / 1000 };
    if (!largest || wasted <= worthwhile.bytes || share <= worthwhile.share)
      return passed(`${size(wasted)} of ${size(whole)} are in vain.`, facts);
    const [from, by] = [largest.from, largest.by].map((index) => instructionShown(layers[index]?.instruction ?? ''));
    return failed(
      `${size(wasted)} of ${size(whole)} are content that a later layer deletes or replaces; most of it is ${largest.path} (${size(largest.bytes)})${from ? `, written by \`${from}\` and taken away by \`${by}\`` : ''}.`,
      {
        remedy:
          'Delete in the RUN that downloads, set modes and owners while copying (COPY --chown, --chmod) instead of with a later RUN chown, or build in one stage and copy the result into another.',
        items: waste.slice(0, 5).map(({ path }) => path),
      },
      facts,
    );
  },
});

/** Below these nobody gains by a change. */
export const layerWaste = layerWasteAbove({ bytes: 100_000_000, share: 0.1 });
