// The latest accesses in their order, and where in them the present has been before: what followed then may follow now.
//
// Earlier places are found through chains of equal contexts, as an LZ77 packer finds matches (Deutsch, RFC 1951, section 4); that
// the longest context foretells best is the idea of prediction by partial matching (Cleary and Witten, IEEE Transactions on
// Communications 32(4), 1984).

/** Keys in a row that make a context, the longest first. */
const contextLengths = [3, 2, 1] as const;
const noKey = -1;
const positionMax = 2 ** 30;
/** Latest accesses that are tried as the end of a context, as several sequences may run at once; and sources in all. */
const ends = 64;
const sourcesMax = 6;
/** Sources that lie closer together tell the same. */
const apart = 100;
/** Earlier places that are looked at, and how far back they are compared. */
const chainSteps = 16;
const lengthMax = 32;

/** Where what follows may begin. */
interface Source {
  /** Keys that agree before it, at most `lengthMax`. */
  readonly length: number;
  /** The first place behind the earlier context, and as much further as the present is beyond its own. */
  readonly from: number;
  /** Of the very latest access. */
  readonly latest: boolean;
}

interface Match {
  readonly place: number;
  readonly length: number;
}

export class AccessHistory {
  readonly #keys: Float64Array;
  readonly #mask: number;
  /** By context length: the latest place of each hash of a context, and of each place the one before; 0: none. */
  readonly #heads: Int32Array[];
  readonly #chains: Int32Array[];
  #end = 1;

  /** `length`: accesses that are kept, a power of two. */
  constructor(length = 2 ** 18) {
    this.#keys = new Float64Array(length).fill(noKey);
    this.#mask = length - 1;
    this.#heads = contextLengths.map(() => new Int32Array(length));
    this.#chains = contextLengths.map(() => new Int32Array(length));
  }

  get bytes(): number {
    return this.#keys.byteLength * (1 + contextLengths.length);
  }

  note(key: number): void {
    if (this.#end === positionMax) this.#forget();
    const at = this.#end++;
    this.#keys[at & this.#mask] = key;
    for (let i = 0; i < contextLengths.length; i++) {
      const head = this.#hash(at, contextLengths[i]!);
      this.#chains[i]![at & this.#mask] = this.#heads[i]![head]!;
      this.#heads[i]![head] = at;
    }
  }

  /** The keys as they were noted, with what break() left between them; what is noted again makes the same history. */
  latest(): Float64Array {
    const from = Math.max(1, this.#end - this.#keys.length);
    return Float64Array.from({ length: this.#end - from }, (_, i) => this.#keys[(from + i) & this.#mask]!);
  }

  /** Accesses were not seen: contexts do not reach over this. */
  break(): void {
    this.note(noKey);
  }

  /**
   * Calls `visit` for the keys that followed the earlier places of the present, in their order: `step` is how far behind the place,
   * from 1 to `steps`; `latest` says that the very latest accesses stood before it, else some that came shortly before; `length` is
   * how many of these agree.
   */
  follow(steps: number, visit: (key: number, step: number, latest: boolean, length: number) => void): void {
    for (const { from, latest, length } of this.#sources())
      for (let step = 1; step <= steps && from + step < this.#end; step++) {
        const key = this.#keys[(from + step) & this.#mask]!;
        if (key !== noKey) visit(key, step, latest, length);
      }
  }

  #sources(): Source[] {
    const sources: Source[] = [];
    for (let back = 0; back < Math.min(ends, this.#end - 1) && sources.length < sourcesMax; back++) {
      const end = this.#end - 1 - back;
      for (const [i, { place, length }] of this.#longestMatches(end).entries()) {
        const from = place + back < end ? place + back : place;
        const known = sources.some((other) => Math.abs(other.from - from) < apart);
        if (!known) sources.push({ from, length, latest: back === 0 && i === 0 });
      }
    }
    return sources;
  }

  /** Of the earlier places of the context that ends here, the two before which most agrees; the later ones where equal. */
  #longestMatches(end: number): Match[] {
    for (const [i, least] of contextLengths.entries()) {
      const matches: Match[] = [];
      let place = this.#chains[i]![end & this.#mask]!;
      for (let step = 0; step < chainSteps && this.#holds(place); step++) {
        const length = this.#agreement(place, end);
        if (length >= least) matches.push({ place, length });
        place = this.#chains[i]![place & this.#mask]!;
      }
      if (matches.length > 0) return matches.toSorted((a, b) => b.length - a.length).slice(0, 2);
    }
    return [];
  }

  #holds(place: number): boolean {
    return place > 0 && place > this.#end - this.#keys.length + lengthMax;
  }

  /** Keys up to both places that are the same. */
  #agreement(place: number, end: number): number {
    let length = 0;
    for (; length < lengthMax && place > length; length++) {
      const key = this.#keys[(end - length) & this.#mask]!;
      if (key === noKey || key !== this.#keys[(place - length) & this.#mask]) break;
    }
    return length;
  }

  #hash(at: number, length: number): number {
    let hash = 0;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (this.#keys[(at - i) & this.#mask]! | 0), 0x9e3779b1);
    return (hash >>> 8) & this.#mask;
  }

  /** So that places stay small numbers. */
  #forget(): void {
    this.#end = 1;
    for (const table of [...this.#heads, ...this.#chains]) table.fill(0);
    this.#keys.fill(noKey);
  }
}
