import type { MetricsScrape } from '../contract/container-metrics.ts';
import { type MetricFamily, type Mistake, parseExposition } from './exposition.ts';
import type { Address } from './ping.ts';
import { scrape } from './scrape.ts';
import type { Ticker } from './ticker.ts';

/** Asks the containers of one instance, one after the other, for metrics of their own, and keeps what the latest answer held. */
export class Scraper {
  readonly #wanted: MetricsScrape;
  readonly #ticker: Ticker;
  readonly #tell: (message: string) => void;
  readonly #told = new Set<'failure' | 'mistake'>();
  #latest: readonly MetricFamily[] | undefined;

  /** `ticker`: ticks at the interval that is wanted. `tell`: hears of the first failure and of the first text that is none, never again. */
  constructor(wanted: MetricsScrape, ticker: Ticker, tell: (message: string) => void) {
    this.#wanted = wanted;
    this.#ticker = ticker;
    this.#tell = tell;
  }

  /** Undefined while there is no container, and after an answer that was a failure: old numbers would be taken for new ones. */
  get latest(): readonly MetricFamily[] | undefined {
    return this.#latest;
  }

  /** Asks at once and at each tick, one question at a time, until it is disposed. */
  begin(address: Address): Disposable {
    const over = new AbortController();
    let isAsking = false;
    const ask = async (): Promise<void> => {
      if (isAsking) return;
      isAsking = true;
      const answer = await scrape(address, this.#wanted.path, limits, over.signal);
      isAsking = false;
      if (over.signal.aborted) return;
      if (answer.text === undefined) this.#failed(answer.why);
      else this.#take(answer.text);
    };
    void ask();
    const ticks = this.#ticker(() => void ask());
    return {
      [Symbol.dispose]: () => {
        ticks[Symbol.dispose]();
        over.abort();
        this.#latest = undefined;
      },
    };
  }

  #take(text: string): void {
    const { families, mistakes } = parseExposition(text);
    this.#latest = families;
    const [first, ...others] = mistakes;
    if (first)
      this.#tellOnce(
        'mistake',
        `${toldOf(first)}. What is no Prometheus text is left out${others.length > 0 ? `, ${mistakes.length} lines` : ''}.`,
      );
  }

  #failed(why: string): void {
    this.#latest = undefined;
    this.#tellOnce('failure', `${why}. Its metrics are missing as long as that goes on.`);
  }

  #tellOnce(what: 'failure' | 'mistake', message: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#tell(`GET ${this.#wanted.path}: ${message}`);
  }
}

const toldOf = ({ line, text, why }: Mistake): string => `line ${line} ${why}: ${text}`;

/** Ours. Less than the least interval; the size of a large exporter several times over. */
const limits = { timeout: 5, size: 2 ** 20 };
