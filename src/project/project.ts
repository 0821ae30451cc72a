import type { OptionName } from '../options/options.ts';
import type { GivenOptions } from '../options/values.ts';
import { borrowedKeys, commandKeys, isProjectCommand, type ProjectCommand, sharedKeys } from './keys.ts';
import { onTop } from './merge.ts';
import { located, locatedImage } from './paths.ts';

/** What stands in one mapping of the file, each with its place, `sm-local.yaml:3:5`. */
export interface Section {
  readonly image?: { readonly value: string; readonly place: string };
  readonly options: Readonly<Record<string, { readonly value: string | readonly string[] | boolean; readonly place: string }>>;
}

export interface ProjectGiven {
  readonly image?: string;
  /** As the command line would have given them; a switch that is off is false. */
  readonly given: GivenOptions;
  /** Where each option stands in the file, and `image`: `sm-local.yaml:3:5`. */
  readonly places: Readonly<Record<string, string>>;
}

/** A project file that has been read. */
export class Project {
  /** Absolute. */
  readonly path: string;
  readonly #directory: string;
  readonly #sections: ReadonlyMap<ProjectCommand | 'shared', Section>;

  constructor(path: string, directory: string, sections: ReadonlyMap<ProjectCommand | 'shared', Section>) {
    this.path = path;
    this.#directory = directory;
    this.#sections = sections;
  }

  /**
   * What the file says for a command: its own mapping over what stands at the top, paths absolute. `options` are the options that the command
   * has, for one without a mapping of its own.
   */
  given(command: string, options: readonly OptionName[] = isProjectCommand(command) ? commandKeys[command] : sharedKeys): ProjectGiven {
    const shared = this.#sections.get('shared') ?? none;
    const own = (isProjectCommand(command) && this.#sections.get(command)) || none;
    const borrowed = isProjectCommand(command) ? this.#borrowed(command) : none;
    const given = onTop(valuesIn(own), onTop(valuesIn(borrowed), valuesIn(shared)));
    const known = Object.entries(given).filter(([name]) => (options as readonly string[]).includes(name));
    const hasSources = given['source-dir'] !== undefined;
    // A request names its own image: one that is meant for another command does not replace it.
    const image = own.image ?? (own.options.request ? undefined : (shared.image ?? borrowed.image));
    return {
      given: Object.fromEntries(known.map(([name, value]) => [name, located(name as OptionName, value, this.#directory, hasSources)])),
      places: { ...placesIn(shared), ...placesIn(borrowed), ...placesIn(own) },
      ...(image && { image: locatedImage(image.value, this.#directory) }),
    };
  }

  /** What other mappings say that means the same for this command. */
  #borrowed(command: ProjectCommand): Section {
    const lenders = Object.entries(borrowedKeys[command] ?? {}) as [ProjectCommand, readonly OptionName[]][];
    const sections = lenders.map(([lender, names]) => {
      const { image, options } = this.#sections.get(lender) ?? none;
      const lent = Object.fromEntries(Object.entries(options).filter(([name]) => (names as readonly string[]).includes(name)));
      return { options: lent, ...(image && { image }) };
    });
    const image = sections.find((section) => section.image)?.image;
    return { options: Object.assign({}, ...sections.map(({ options }) => options)), ...(image && { image }) };
  }
}

const none: Section = { options: {} };

const valuesIn = ({ options }: Section): GivenOptions =>
  Object.fromEntries(Object.entries(options).map(([name, { value }]) => [name, value]));

const placesIn = ({ image, options }: Section): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(options).map(([name, { place }]) => [name, place])),
  ...(image && { image: image.place }),
});
