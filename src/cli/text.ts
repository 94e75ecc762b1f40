// Figures and foreign text in words that are fit to be shown.
import type { Load } from './heat/cells.js';

const units = [
  { from: 1e12, name: 'T' },
  { from: 1e9, name: 'G' },
  { from: 1e6, name: 'M' },
  { from: 1e3, name: 'k' },
] as const;

/** Three digits and a unit: 1.23 M. */
function short(value: number): [figure: string, unit: string] {
  const unit = units.find(({ from }) => value >= from * 0.9995);
  const scaled = value / (unit?.from ?? 1);
  return [String(+scaled.toPrecision(3)), unit?.name ?? ''];
}

export const shortNumber = (value: number): string => short(value).join(' ').trim();

/** A rate a second: small ones to a hundredth. */
export const shortRate = (rate: number): string => (rate < 10 ? String(+rate.toFixed(2)) : shortNumber(rate));

export function shortBytes(bytes: number): string {
  const [figure, unit] = short(bytes);
  return `${figure} ${unit}B`;
}

/** Of a slice, for tables: keys, bytes, reads and writes a second, share, reads of absent keys a second. */
export const figuresOf = ({ keys, bytes, reads, writes, share, absentReads }: Load): string[] => [
  shortNumber(keys),
  shortBytes(bytes),
  shortRate(reads),
  shortRate(writes),
  percent(share),
  shortRate(absentReads),
];

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** A position on the ring. */
export const position = (at: number): string => at.toFixed(4);

export const clock = (time: number): string => new Date(time).toTimeString().slice(0, 8);

export function duration(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1000} s`;
  return ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`;
}

/** Keys are arbitrary: what would steer a terminal, or could not be seen, is shown by its number. */
export const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** At most so many characters of it. */
export function cut(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, Math.max(0, length - 3)).join('')}...`;
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Rows as lines, the cells of a column below each other. */
export function tableLines(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('  '));
}
