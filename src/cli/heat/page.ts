// The heat of a store as a page that needs nothing else: the ring over time, the ring now, the shards, the hottest keys.
// What comes from the store's directory and its keys is arbitrary text, and is escaped.
import { pageOf, table } from '../page.js';
import { writeWhole } from '../whole-file.js';
import { cellsOf, idleRate, levelOf, loadsOf, rateOf, shardsOf, total, type Load } from './cells.js';
import { heatPageScript, heatPageStyle, pageLevels } from './page-look.js';
import { momentCells, type Moment, type ShownHeat } from './record.js';
import { duration, escapeHtml, figuresOf, position, shortBytes, shortNumber, shortRate, visible } from '../text.js';

const stripCells = 256;
const changesShown = 50;
const strip = { width: 1024, height: 28, label: 56 };
/** How long the last moment is drawn. */
const lastMs = 1000;

const topOf = (moments: readonly Moment[]) => moments.reduce((top, { cells }) => Math.max(top, ...cells), 0);

/** Three digits are enough to draw; where shards begin stands where that is new. */
function dataOf(moments: readonly Moment[], { changes }: ShownHeat): string {
  let before = '';
  const slim = moments.map(({ time, cells, starts }) => {
    const known = before === (before = starts.join());
    return { time, cells: cells.map((rate) => +rate.toPrecision(3)), ...(!known && { starts }) };
  });
  const data = { moments: slim, changes, top: topOf(moments), levels: pageLevels, endTime: moments.at(-1)!.time + lastMs };
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

const scale = (top: number, parts: number, halfLifeMs: number) =>
  `<p class="scale faint">0 ${Array.from({ length: pageLevels }, (_, i) => `<i class="h${i}"></i>`).join('')} ${escapeHtml(
    `${shortRate(top)}/s in 1/${parts} of the ring, by square root; rates by a half-life of ${duration(halfLifeMs)}`,
  )}</p>`;

function stripOf(name: string, rates: readonly number[], top: number, y: number): string {
  const width = (strip.width - strip.label) / rates.length;
  const cell = (rate: number, i: number) =>
    `<rect class="h${levelOf(rate, top, pageLevels)}" x="${+(strip.label + i * width).toFixed(2)}" y="${y}" ` +
    `width="${+(width + 0.3).toFixed(2)}" height="${strip.height}"/>`;
  return `<text x="0" y="${y + strip.height / 2 + 4}">${name}</text>${rates.map(cell).join('')}`;
}

/** Reads and writes along the ring, with the bounds of the shards. */
function ringNow(loads: readonly Load[]): { svg: string; top: number } {
  const [reads, writes] = [loads.map((load) => load.reads), loads.map((load) => load.writes)].map((rates) =>
    cellsOf(loads, rates, stripCells),
  ) as [number[], number[]];
  const top = Math.max(...reads, ...writes);
  const height = 2 * strip.height + 4;
  const x = (at: number) => +(strip.label + at * (strip.width - strip.label)).toFixed(2);
  const bound = ({ from }: Load) => `<path class="bound" d="M${x(from)} 0V${height}"/>`;
  const bounds = shardsOf(loads).slice(1).map(bound);
  const parts = [stripOf('reads', reads, top, 0), stripOf('writes', writes, top, strip.height + 4), ...bounds];
  const name = 'role="img" aria-label="Reads and writes along the ring"';
  return { svg: `<svg viewBox="0 0 ${strip.width} ${height}" ${name}>${parts.join('')}</svg>`, top };
}

const shardHead = ['shard', 'from', 'to', 'keys', 'bytes', 'reads/s', 'writes/s', 'share', 'reads/s of absent keys'];
const shardRow = (load: Load): string[] => [
  String(load.shard),
  position(load.from),
  position(load.to),
  ...figuresOf(load),
];

function tablesOf({ hotKeys, changes }: ShownHeat, shards: readonly Load[]): string[] {
  const keys = hotKeys.map(({ key, accesses }) => [shortNumber(accesses), visible(key)]);
  const latest = changes.slice(-changesShown).toReversed();
  const rows = latest.map(({ time, type, at }) => [new Date(time).toISOString(), type, at.toFixed(6)]);
  return [
    `<h2>Shards</h2>${table(shardHead, shards.map(shardRow))}`,
    keys.length > 0 ? `<h2>Hottest keys</h2>${table(['accesses', 'key'], keys, 1)}` : '',
    rows.length > 0 ? `<h2>Latest splits and merges</h2>${table(['time', 'what', 'at'], rows)}` : '',
  ];
}

function summary({ pid, map }: ShownHeat, shards: readonly Load[]): string {
  const sum = (of: (load: Load) => number) => total(shards, of);
  const owner = pid === undefined ? 'At rest' : `Open in process ${pid}`;
  const keys = shortNumber(sum((load) => load.keys));
  const kept = `${shortNumber(shards.length)} shards, ${keys} keys, ${shortBytes(sum(({ bytes }) => bytes))}`;
  const rates = `${shortRate(sum(({ reads }) => reads))} reads/s, ${shortRate(sum(({ writes }) => writes))} writes/s`;
  const idle = sum(rateOf) < idleRate ? ' The store is idle.' : '';
  return `<p>${escapeHtml(`${owner}, ${new Date(map.time).toISOString()}: ${kept}; ${rates}.${idle}`)}</p>`;
}

/** `moments`: at least one, in their order. */
export function heatPage(shown: ShownHeat, moments: readonly Moment[]): string {
  const loads = loadsOf(shown.map, shown.window);
  const shards = shardsOf(loads);
  const halfLifeMs = shown.map.halfLives[shown.window]!;
  const now = ringNow(loads);
  return pageOf(`Heat of ${visible(shown.directory)}`, heatPageStyle, [
    summary(shown, shards),
    '<h2>The ring over time</h2>',
    '<p class="faint">Reads and writes. Time goes to the right, the ring down; lines are where shards begin.',
    '<span class="split">&#9654; split</span> <span class="merge">&#9664; merge</span></p>',
    '<canvas id="map" role="img" aria-label="Reads and writes along the ring over time"></canvas><output id="told"></output>',
    '<noscript><p>The map over time is drawn by a script.</p></noscript>',
    scale(topOf(moments), momentCells, halfLifeMs),
    `<h2>The ring now</h2>${now.svg}${scale(now.top, stripCells, halfLifeMs)}`,
    ...tablesOf(shown, shards),
    `<script type="application/json" id="data">${dataOf(moments, shown)}</script><script>${heatPageScript}</script>`,
  ]);
}

/** Writes it to a file; see writeWhole(). */
export const writeHeatPage = (file: string, shown: ShownHeat, moments: readonly Moment[]): Promise<void> =>
  writeWhole(file, heatPage(shown, moments));
