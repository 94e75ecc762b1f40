// The heat of a ring as text and as a page, from data alone.
import { createContext, runInContext } from 'node:vm';
import test from 'ava';
import { beginsOf, cellsOf, levelOf, loadsOf, restingWindow, shardsOf } from '../src/cli/heat/cells.js';
import { heatPage } from '../src/cli/heat/page.js';
import { HeatRecord, momentOf, restingHeat, type ShownHeat } from '../src/cli/heat/record.js';
import { drawHeat, wantsColour } from '../src/cli/heat/terminal.js';
import { cut, shortBytes, shortNumber, visible } from '../src/cli/text.js';
import type { HeatMapView } from '../src/index.js';
import { Random } from './support/random.js';

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
const close = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
const ringUnits = 2 ** 20;

/** Slices between random cuts of the ring; every third one is of the same shard as the one before. */
function mapOf(count: number, seed: number, rate = (random: () => number) => random() * 1e5): HeatMapView {
  const source = new Random(seed);
  const random = () => source.below(2 ** 30) / 2 ** 30;
  const cuts = new Set([0]);
  while (cuts.size < count) cuts.add(1 + Math.floor(random() ** 3 * (ringUnits - 1)));
  const starts = [...cuts].toSorted((a, b) => a - b);
  const rates = () => Array.from({ length: 4 }, () => rate(random));
  const slices = starts.map((from, i) => ({
    from: from / ringUnits,
    to: (starts[i + 1] ?? ringUnits) / ringUnits,
    shard: i - (i % 3 === 2 ? 1 : 0),
    keys: i,
    bytes: 100 * i,
    reads: rates(),
    writes: rates(),
    absentReads: rates(),
    share: [0, 1 / count, 0, 0],
  }));
  return { time: 0, halfLives: [200, 1000, 60_000, 3_600_000], slices };
}

const still = (count: number) => mapOf(count, 1, () => 0);
const shownOf = (map: HeatMapView, more: Partial<ShownHeat> = {}): ShownHeat => ({
  directory: '/data',
  pid: 7,
  map,
  window: 1,
  hotKeys: [],
  changes: [],
  ...more,
});
const plain = { columns: 80, colour: false };

test('cells lose load of slices, or count it twice', (t) => {
  for (const count of [1, 2, 3, 64, 1024, 5000]) {
    const loads = loadsOf(mapOf(count, count), 1);
    const rates = loads.map(({ reads }) => reads);
    for (const cells of [1, 7, 32, 72, 128, 1000]) {
      const found = cellsOf(loads, rates, cells);
      t.is(found.length, cells);
      t.true(close(sum(found), sum(rates)), `${count} slices, ${cells} cells`);
      t.true(found.every((rate) => rate >= 0));
      t.is(sum(beginsOf(loads.map(({ from }) => from), cells)), count);
    }
    t.true(close(sum(shardsOf(loads).map(({ reads }) => reads)), sum(rates)));
  }
});

test('a slice is put into cells that it does not reach, or too much into one', (t) => {
  const stretches = [{ from: 0, to: 0.375 }, { from: 0.375, to: 0.5 }, { from: 0.5, to: 1 }];
  t.deepEqual(cellsOf(stretches, [3, 1, 8], 4), [2, 2, 4, 4]);
  t.deepEqual(cellsOf([{ from: 0, to: 1 }], [8], 4), [2, 2, 2, 2]);
});

test('levels hide what is there, or leave the ramp', (t) => {
  t.deepEqual([0, 1e-9, 25, 100, 101].map((rate) => levelOf(rate, 100, 11)), [0, 1, 5, 10, 10]);
  t.is(levelOf(0, 0, 11), 0);
});

test('a picture is wider than the terminal, or has no map', (t) => {
  for (const columns of [0, 40, 80, 203]) {
    for (const count of [1, 2, 1024, 5000]) {
      const map = mapOf(count, 5);
      const shards = columns < 80 ? 0 : Math.min(16, shardsOf(loadsOf(map, 1)).length);
      const lines = drawHeat(shownOf(map), { columns, colour: false });
      t.true(lines.every((line) => line.length <= Math.max(40, columns)), `${columns} ${count}`);
      t.is(lines.find((line) => line.startsWith('reads '))!.length, Math.max(40, columns));
      t.is(lines.filter((line) => /^ *\d+ .*%/.test(line)).length, shards);
    }
  }
});

test('an idle store divides by zero', (t) => {
  for (const count of [1, 64]) {
    const text = drawHeat(shownOf(still(count)), plain).join('\n');
    t.regex(text, /The store is idle/);
    t.notRegex(text, /NaN|Infinity|undefined/);
    const page = heatPage(shownOf(still(count)), [momentOf(still(count), 1)]);
    t.regex(page, /The store is idle/);
    t.notRegex(page.replace(/<script>[^]*/, ''), /NaN|Infinity|undefined/);
  }
});

test('a store at rest shows a half-life that has no heat, while another has', (t) => {
  let window = 0;
  const onlyTheHour = mapOf(1, 1, () => (window++ === 3 ? 5 : 0));
  t.is(restingWindow(onlyTheHour), 3);
  t.is(restingWindow(mapOf(4, 1)), 1);
  t.is(restingHeat('/data', still(4), []).window, 3);
});

test('colours are there where they are not wanted', (t) => {
  const line = (colour: boolean) => drawHeat(shownOf(mapOf(64, 3)), { columns: 80, colour }).join('\n');
  t.true(line(true).includes('\u001b[48;5;'));
  t.false(line(false).includes('\u001b'));
  const settings = [{}, { NO_COLOR: '1' }, { FORCE_COLOR: '1', NO_COLOR: '1' }, { FORCE_COLOR: '0' }, { TERM: 'dumb' }];
  t.deepEqual(settings.map((env) => wantsColour(env, true)), [true, false, true, false, false]);
  t.deepEqual([{}, { FORCE_COLOR: '1' }].map((env) => wantsColour(env, false)), [false, true]);
});

test('a key steers the terminal', (t) => {
  const hotKeys = [{ key: '\u001b]0;title\u0007\n\u202eright\u009b31m', accesses: 5 }];
  const text = drawHeat(shownOf(mapOf(4, 1), { hotKeys, directory: '/a\nb' }), plain).join('\n');
  // oxlint-disable-next-line no-control-regex -- that is what must not be there
  t.notRegex(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  t.regex(text, /\\u\{1b\}\]0;title\\u\{7\}/);
  t.is(visible('plain äöü 漢字 \u{1f600}'), 'plain äöü 漢字 \u{1f600}');
});

test('figures have more digits than can be read, or the wrong unit', (t) => {
  const shortened = ['0', '7', '999', '1 k', '1 k', '1.23 k', '1 M', '5.68 G'];
  t.deepEqual([0, 7, 999, 999.7, 1000, 1234, 1e6, 5.678e9].map(shortNumber), shortened);
  t.deepEqual([0, 12_345].map(shortBytes), ['0 B', '12.3 kB']);
  t.is(cut('abcdefgh', 6), 'abc...');
});

test('a key or a directory gets into the page as markup', (t) => {
  const key = '<script>alert(1)</script>&"\'';
  const map = mapOf(8, 2);
  const page = heatPage(shownOf(map, { hotKeys: [{ key, accesses: 3 }], directory: '/<b>' }), [momentOf(map, 1)]);
  t.false(page.includes('<script>alert'));
  t.false(page.includes('<b>'));
  t.true(page.includes('&#60;script&#62;alert(1)&#60;/script&#62;&#38;&#34;&#39;'));
  t.notRegex(page, /https?:|src=|@import|url\(/);
});

/** Runs the script of a page; answers how many rectangles it draws, and what the pointer is told. */
function drawnBy(page: string): { rectangles: number; told: string } {
  const drawn = { rectangles: 0, told: '' };
  const listeners: Record<string, (event: object) => void> = {};
  const others = { fillText() {}, scale() {}, beginPath() {}, moveTo() {}, lineTo() {}, fill() {} };
  const paper = { fillRect: () => drawn.rectangles++, ...others };
  const listen = (name: string, listener: (event: object) => void) => (listeners[name] = listener);
  const canvas = { clientWidth: 800, clientHeight: 400, getContext: () => paper, addEventListener: listen };
  const told = { set textContent(text: string) { drawn.told = text; } };
  const data = { textContent: /id="data">(.*?)<\/script>/s.exec(page)![1] };
  runInContext(/<script>(.*)<\/script>/s.exec(page)![1]!, createContext({
    document: { getElementById: (id: string) => ({ map: canvas, told, data })[id] },
    getComputedStyle: () => ({ getPropertyValue: () => '#000' }),
    matchMedia: () => ({ addEventListener() {} }),
    addEventListener() {},
    window: {},
  }));
  listeners.mousemove!({ offsetX: 400, offsetY: 200 });
  return drawn;
}

test('the script of the page does not draw every moment, or fails at changes', (t) => {
  const record = new HeatRecord();
  const map = mapOf(64, 4);
  const change = { time: 500, type: 'split', at: 0.5 } as const;
  const moments = [0, 1000].map((time) => ({ time, ids: [0, 1], from: [0, 0.5], rates: [3, 4] }));
  const history = { moments, changes: [change] };
  record.add({ version: 1, directory: '/data', pid: 7, map: { ...map, time: 2000 }, history, hotKeys: [] });
  record.add({ map: { ...map, time: 3000 }, changes: [{ ...change, time: 2500, type: 'merge' }], hotKeys: [] });
  t.deepEqual(record.shown!.changes.map(({ type }) => type), ['split', 'merge']);
  t.deepEqual(record.moments.map(({ time }) => time), [0, 1000, 2000, 3000]);
  t.true(close(sum(record.moments[0]!.cells), 7));
  const { rectangles, told } = drawnBy(heatPage(record.shown!, record.moments));
  t.true(rectangles >= 4 * 128);
  t.regex(told, /of the ring: [\d.,]+ a second$/);
});

test('a long watch gathers moments without end', (t) => {
  const record = new HeatRecord();
  const map = still(1);
  record.add({ version: 1, directory: '/data', pid: 7, map, history: { moments: [], changes: [] }, hotKeys: [] });
  for (let i = 1; i < 10_000; i++) record.add({ map: { ...map, time: i }, changes: [], hotKeys: [] });
  t.true(record.moments.length <= 2400);
  t.is(record.moments[0]!.time, 0);
});
