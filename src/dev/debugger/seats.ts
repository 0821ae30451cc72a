/** A container that may be debugged, for the number of its port. */
export interface Occupant {
  /** Those that do the same, one after the other: the host of a job, the variant of an endpoint. */
  readonly fleet: string;
  /** Containers of another generation take the place of those before. */
  readonly generation: string;
}

/** Which container has which port, counted from 0: the one in whose place it is has it after it. */
export class Seats {
  readonly #seats: Set<Occupant>[] = [];

  /** The first seat where nobody sits but whom this one replaces; it is free again when that is disposed. `wanted`: where it should be. */
  take(occupant: Occupant, wanted = 0): Disposable & { readonly number: number } {
    const isFor = (seat: Set<Occupant> | undefined): boolean =>
      [...(seat ?? [])].every(({ fleet, generation }) => fleet === occupant.fleet && generation !== occupant.generation);
    let number = wanted;
    while (!isFor(this.#seats[number])) number += 1;
    this.#seats[number] ??= new Set();
    const seat = this.#seats[number];
    seat?.add(occupant);
    return { number, [Symbol.dispose]: () => void seat?.delete(occupant) };
  }
}
