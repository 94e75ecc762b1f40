// Draws the heat of a store as lines of text: the ring as a heat map, its busiest shards, the hottest keys, the latest changes.
import { beginsOf, cellsOf, idleRate, levelOf, loadsOf, rateOf, shardsOf, total, type Load } from './cells.js';
import type { ShownHeat } from './record.js';
import { clock, cut, duration, figuresOf, position, shortBytes, shortNumber, shortRate, tableLines, visible } from '../text.js';

export interface Terminal {
  readonly columns: number;
  readonly colour: boolean;
}

const columnsMin = 40;
const labelWidth = 8;
const shardsShown = 16;
const changesShown = 5;

const characters = [...' .:-=+*#%@'];
/** Of the 256 colours of terminals, from cold to hot. */
const colours = [234, 17, 18, 54, 90, 126, 162, 197, 202, 208, 214, 220, 226, 230];

/** Whether to colour: FORCE_COLOR decides, else NO_COLOR, else what is written to. */
export function wantsColour({ FORCE_COLOR: force, NO_COLOR: no, TERM: kind }: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTerminal && !no && kind !== 'dumb';
}

const label = (text: string) => text.padEnd(labelWidth);

/** One character for each level; neighbours of the same colour share its code. */
function paint(levels: readonly number[], colour: boolean): string {
  if (!colour) return levels.map((level) => characters[level]).join('');
  const code = (level: number, i: number) => (level === levels[i - 1] ? ' ' : `\u001b[48;5;${colours[level]}m `);
  return `${levels.map(code).join('')}\u001b[0m`;
}

const levelCount = (colour: boolean) => (colour ? colours : characters).length;

/** Of several shards that begin in a cell, how many: a digit, or + for more than nine. */
const marks = (begins: readonly number[]) =>
  begins.map((count) => (count === 0 ? ' ' : count === 1 ? '|' : count > 9 ? '+' : String(count))).join('');

function axis(cells: number): string {
  const quarters = ['0', '1/4', '1/2', '3/4'];
  const widths = quarters.map((_, i) => Math.floor(((i + 1) * cells) / 4) - Math.floor((i * cells) / 4));
  return `${quarters.map((text, i) => text.padEnd(widths[i]!)).join('').slice(0, -1)}1`;
}

function scaleLines(top: number, count: number, colour: boolean, halfLifeMs: number): string[] {
  const levels = levelCount(colour);
  const scale = paint(Array.from({ length: levels }, (_, level) => level), colour);
  const range = `0 to ${shortRate(top)}/s in 1/${count} of the ring, by square root`;
  return [
    `${label('scale')}[${scale}] ${cut(range, count - levels - 3)}`,
    label('') + cut(`rates by a half-life of ${duration(halfLifeMs)}`, count),
  ];
}

function mapLines(loads: readonly Load[], { colour, columns }: Terminal, halfLifeMs: number): string[] {
  const count = columns - labelWidth;
  const levels = levelCount(colour);
  const reads = cellsOf(loads, loads.map((load) => load.reads), count);
  const writes = cellsOf(loads, loads.map((load) => load.writes), count);
  const top = Math.max(...reads, ...writes);
  const row = (rates: readonly number[]) => paint(rates.map((rate) => levelOf(rate, top, levels)), colour);
  return [
    label('reads') + row(reads),
    label('writes') + row(writes),
    label('shards') + marks(beginsOf(shardsOf(loads).map(({ from }) => from), count)),
    label('') + axis(count),
    ...(top > 0 ? scaleLines(top, count, colour, halfLifeMs) : []),
  ];
}

const plural = (count: number, one: string) => `${shortNumber(count)} ${one}${count === 1 ? '' : 's'}`;

function summary({ directory, pid, map }: ShownHeat, shards: readonly Load[]): string[] {
  const sum = (of: (load: Load) => number) => total(shards, of);
  const owner = pid === undefined ? 'at rest' : `open in process ${pid}`;
  const kept = [plural(shards.length, 'shard'), plural(sum(({ keys }) => keys), 'key'), shortBytes(sum(({ bytes }) => bytes))];
  const rates = `${shortRate(sum(({ reads }) => reads))} reads/s, ${shortRate(sum(({ writes }) => writes))} writes/s`;
  const absent = `${shortRate(sum(({ absentReads }) => absentReads))} reads/s of absent keys`;
  const idle = sum(rateOf) < idleRate ? ['The store is idle: no reads of keys that are there, and no writes.'] : [];
  return [`${visible(directory)}: ${owner}, ${clock(map.time)}`, `${kept.join(', ')}`, `${rates}, ${absent}`, ...idle];
}

const shardHead = ['shard', 'slice', 'keys', 'bytes', 'reads/s', 'writes/s', 'share', 'absent/s'];

const shardCells = (load: Load): string[] => [
  String(load.shard),
  `${position(load.from)}-${position(load.to)}`,
  ...figuresOf(load),
];

/** The busiest first; of those as busy as another, in the order of the ring. */
function shardLines(shards: readonly Load[]): string[] {
  const busiest = shards.toSorted((a, b) => rateOf(b) - rateOf(a)).slice(0, shardsShown);
  const more = shards.length - busiest.length;
  const rest = more > 0 ? [`and ${plural(more, 'shard')} with no more load`] : [];
  return [...tableLines([shardHead, ...busiest.map(shardCells)]), ...rest];
}

function keyLines({ hotKeys }: ShownHeat, columns: number): string[] {
  if (hotKeys.length === 0) return [];
  const width = 'accesses'.length;
  const text = (key: string) => cut(visible(key), columns - width - 2);
  const lines = hotKeys.map(({ key, accesses }) => `${shortNumber(accesses).padStart(width)}  ${text(key)}`);
  return ['', 'accesses  hottest keys', ...lines];
}

function changeLines({ changes }: ShownHeat): string[] {
  if (changes.length === 0) return [];
  const latest = changes.slice(-changesShown).toReversed();
  return ['', 'latest splits and merges', ...latest.map(({ time, type, at }) => `${clock(time)}  ${type} at ${at.toFixed(6)}`)];
}

/** Lines no wider than the terminal, or 40 columns. */
export function drawHeat(shown: ShownHeat, terminal: Terminal): string[] {
  const columns = Math.max(columnsMin, terminal.columns);
  const loads = loadsOf(shown.map, shown.window);
  const shards = shardsOf(loads);
  const fitted = (lines: string[]) => lines.map((line) => cut(line, columns));
  return [
    ...fitted(summary(shown, shards)),
    '',
    ...mapLines(loads, { ...terminal, columns }, shown.map.halfLives[shown.window]!),
    '',
    ...fitted([...shardLines(shards), ...keyLines(shown, columns), ...changeLines(shown)]),
  ];
}
