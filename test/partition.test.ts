// When shards are split, shifted and merged: the policy by itself, over loads that are made up.
import test from 'ava';
import { heatLayout } from '../src/errors/index.js';
import { HeatSnapshot, ringUnits, type HeatSource, type Hottest, type ShardFacts } from '../src/heat/index.js';
import { Partitioner, partitionPolicy, type PartitionOptions } from '../src/partition/index.js';

const pages = 64;
const pageUnits = ringUnits / pages;

/** A ring of 64 pages with rates that a test sets, and shards that change as they are told to. */
class Ring implements HeatSource {
  readonly halfLives = [200, 1000, 60_000, 3_600_000];
  nowMs = 10_000_000;
  readonly rates = new Float64Array(pages).fill(1000);
  readonly bytes = new Float64Array(pages).fill(1e6);
  /** By page: the key that has so much of it. */
  readonly hotKeys = new Map<number, { share: number; key: string }>();
  starts: number[];
  readonly changes: string[] = [];
  #nextId: number;
  readonly #ids = new Map<number, number>();

  constructor(shards: number) {
    this.starts = Array.from({ length: shards }, (_, i) => (i * ringUnits) / shards);
    for (const [id, start] of this.starts.entries()) this.#ids.set(start, id);
    this.#nextId = shards;
  }

  shards(): ShardFacts[] {
    return this.starts.map((from, i) => ({ id: this.#ids.get(from)!, epoch: 1, from, to: this.starts[i + 1] ?? ringUnits }));
  }

  snapshot(): HeatSnapshot {
    const rows = new Float64Array(pages * heatLayout.width);
    for (let page = 0; page < pages; page++) {
      const row = page * heatLayout.width;
      rows[row + heatLayout.from] = page * pageUnits;
      rows[row + heatLayout.shard] = this.starts.findLastIndex((start) => start <= page * pageUnits);
      rows[row + heatLayout.bytes] = this.bytes[page]!;
      rows[row + heatLayout.keys] = 1000;
      for (let window = 0; window < 4; window++) rows[row + heatLayout.reads0 + window] = this.rates[page]!;
    }
    return new HeatSnapshot(rows, pages, this.shards(), this.nowMs);
  }

  hottest(from: number, to: number): Hottest {
    let all = 0;
    let best = { rate: 0, at: from, key: '' };
    for (let page = from / pageUnits; page < to / pageUnits; page++) {
      all += this.rates[page] ?? 0;
      const hot = this.hotKeys.get(page);
      const rate = (hot?.share ?? 0) * (this.rates[page] ?? 0);
      if (rate > best.rate) best = { rate, at: page * pageUnits + 777, key: hot!.key };
    }
    return { samples: 1000, share: best.rate / all, at: best.at, key: best.key === '' ? undefined : Buffer.from(best.key) };
  }

  samples = (): Float64Array => new Float64Array(0);
  split = (at: number): Promise<void> => {
    this.changes.push(`split ${at / ringUnits}`);
    this.starts = [...this.starts, at].toSorted((a, b) => a - b);
    this.#ids.set(at, this.#nextId++);
    return Promise.resolve();
  };
  merge = (at: number): Promise<void> => {
    this.changes.push(`merge ${at / ringUnits}`);
    this.starts = this.starts.filter((start) => start !== at);
    return Promise.resolve();
  };

  partitioner(options: PartitionOptions): Partitioner {
    return new Partitioner(this, this, partitionPolicy(options), () => this.nowMs);
  }

  async pass(partitioner: Partitioner, ms: number): Promise<void> {
    for (const end = this.nowMs + ms; this.nowMs < end; ) {
      this.nowMs += 250;
      await partitioner.look();
    }
  }
}

const byShare = { capacity: { share: 1 / 4 } };

test('even load is left alone, and why() says so of every shard', async (t) => {
  const ring = new Ring(4);
  const partitioner = ring.partitioner(byShare);
  await ring.pass(partitioner, 60_000);
  t.deepEqual(ring.changes, []);
  t.deepEqual(partitioner.why().now.map(({ verdict }) => verdict), ['leave', 'leave', 'leave', 'leave']);
});

test('a hot shard is cut where its load is halved, not its keys', async (t) => {
  const ring = new Ring(4);
  ring.rates.fill(9000, 18, 20);
  await ring.pass(ring.partitioner(byShare), 250);
  t.deepEqual(ring.changes, [`split ${20 / pages}`]); // 20,000 and 12,000
});

test('a shard that is hot and far from its capacity is left alone, and one that is over it is not', async (t) => {
  const far = new Ring(4);
  far.rates.fill(9000, 16, 32);
  await far.pass(far.partitioner({ capacity: { operations: 1e6 } }), 10_000);
  t.deepEqual(far.changes, []);
  const over = new Ring(4);
  await over.pass(over.partitioner({ capacity: { operations: 15_000 } }), 250);
  t.deepEqual(over.changes.length, 4);
});

test('a shard that is over its capacity in bytes is cut by bytes', async (t) => {
  const ring = new Ring(4);
  ring.bytes[5] = 30e6;
  await ring.pass(ring.partitioner({ capacity: { bytes: 40e6 } }), 250);
  t.deepEqual(ring.changes, [`split ${6 / pages}`]);
});

test('a hot page is isolated, then its hot key; the key is blamed, once', async (t) => {
  const ring = new Ring(4);
  ring.rates[20] = 60_000;
  ring.hotKeys.set(20, { share: 0.99, key: 'celebrity' });
  const partitioner = ring.partitioner({ ...byShare, hot: 1.05 });
  await ring.pass(partitioner, 5000);
  t.deepEqual(ring.changes.toSorted(), [`split ${20 / pages}`, `split ${21 / pages}`]);
  const blamed = partitioner.why().past.filter(({ verdict }) => verdict === 'unsplittable');
  t.deepEqual(blamed.map(({ key }) => key?.toString()), ['celebrity']);
});

test('where the hottest key has more than a fair part, others are not cut below it in vain', async (t) => {
  const ring = new Ring(16);
  ring.rates[20] = 30_000;
  ring.hotKeys.set(20, { share: 0.995, key: 'celebrity' });
  for (const page of [40, 41]) ring.rates[page] = 10_000;
  await ring.pass(ring.partitioner({ capacity: { share: 0.05 }, hot: 1.05 }), 5000);
  t.true(ring.changes.every((change) => Number(change.split(' ')[1]) < 24 / pages), ring.changes.join());
});

test('at the ceiling a part goes to others; where that does not help, nothing is done', async (t) => {
  const ring = new Ring(4);
  ring.rates.fill(3000, 16, 32);
  const partitioner = ring.partitioner({ ...byShare, maxShards: 4, hot: 1.05 });
  await ring.pass(partitioner, 60_000);
  t.is(ring.starts.length, 4);
  const loads = ring.shards().map(({ from, to }) => ring.rates.subarray(from / pageUnits, to / pageUnits).reduce((a, b) => a + b, 0));
  t.true(Math.max(...loads) < 1.3 * (96_000 / 4), loads.join());
  const before = ring.changes.length;
  await ring.pass(partitioner, 600_000);
  t.true(ring.changes.length <= before + 4, ring.changes.join());
});

test('neighbours are merged only when they have stayed cold, one pair after the other', async (t) => {
  const ring = new Ring(16);
  ring.rates.fill(10, 32, 64);
  const partitioner = ring.partitioner({ coldFor: 60_000 });
  await ring.pass(partitioner, 55_000);
  t.deepEqual(ring.changes, []);
  await ring.pass(partitioner, 6000);
  t.is(ring.changes.length, 1);
  ring.rates.fill(1000, 32, 64);
  await ring.pass(partitioner, 250);
  ring.rates.fill(10, 32, 64);
  await ring.pass(partitioner, 55_000);
  t.is(ring.changes.length, 1, 'it was warm in between');
  await ring.pass(partitioner, 3_600_000);
  t.true(ring.changes.every((change) => change.startsWith('merge')));
  t.true(ring.starts.length <= 10, `${ring.starts.length}`);
});

test('without load there is no verdict of cold, and nothing is merged', async (t) => {
  const ring = new Ring(16);
  const partitioner = ring.partitioner({ coldFor: 1000 });
  await ring.pass(partitioner, 60_000);
  ring.rates.fill(0);
  await ring.pass(partitioner, 3_600_000);
  t.deepEqual(ring.changes, []);
});

test('no cut is undone before its time, however the load swings', async (t) => {
  const ring = new Ring(8);
  const partitioner = ring.partitioner({ capacity: { share: 1 / 8 }, hot: 1.05, maxShards: 8, coldFor: 1000 });
  const made = new Map<string, number>();
  for (let swing = 0; swing < 360; swing++) {
    ring.rates.fill(100);
    for (let page = 0; page < pages; page++) if (page % 2 === swing % 2) ring.rates[page] = (((page * 7) % 11) + 1) * 400;
    const seen = ring.changes.length;
    await ring.pass(partitioner, 10_000);
    for (const change of ring.changes.slice(seen)) {
      const [type, at] = change.split(' ');
      if (type === 'split') made.set(at!, ring.nowMs);
      else t.true(ring.nowMs - (made.get(at!) ?? 0) >= 600_000, change);
    }
  }
  t.true(ring.starts.length <= 8);
});

test('changes are kept to their budget', async (t) => {
  const ring = new Ring(8);
  const partitioner = ring.partitioner({ capacity: { operations: 10 }, maxShards: 1024, changesPerMinute: 6 });
  await ring.pass(partitioner, 60_000);
  t.true(ring.changes.length >= 6 && ring.changes.length <= 10, `${ring.changes.length}`);
  t.true(partitioner.why().now.some(({ verdict }) => verdict === 'budget'));
});

test('a dry run decides and changes nothing', async (t) => {
  const ring = new Ring(4);
  ring.rates.fill(9000, 18, 20);
  const partitioner = ring.partitioner({ ...byShare, dryRun: true });
  await ring.pass(partitioner, 10_000);
  t.deepEqual(ring.changes, []);
  t.deepEqual(partitioner.plan().map(({ verdict }) => verdict), ['split']);
  t.deepEqual(partitioner.why().past.map(({ verdict, done }) => [verdict, done]), [['split', false]]);
});

test('what the store refuses is told, and tried again', async (t) => {
  const ring = new Ring(4);
  ring.rates.fill(9000, 18, 20);
  const refuses = { split: () => Promise.reject(new Error('no')), merge: ring.merge };
  const partitioner = new Partitioner(ring, refuses, partitionPolicy(byShare), () => ring.nowMs);
  await ring.pass(partitioner, 500);
  const [first] = partitioner.why().past;
  t.deepEqual([first!.verdict, first!.done, first!.error?.message], ['split', false, 'no']);
  t.is(partitioner.plan()[0]!.verdict, 'split');
});
