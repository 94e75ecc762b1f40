// The native figures as a page: the shares of all, then a chart of each beside its ceilings.
import { barChart, type Bar } from '../common/bar_chart.js';
import { escapeHtml } from '../common/line_chart.js';
import { reportStyle } from '../common/report_style.js';
import { reachesBar, type Figure, type Measured, type Spread } from './figures.js';
import { quantity, verdict } from './report.js';

const colours = { engine: '#d1495b', ceiling: '#9aa5b1', reached: '#176d3b', missed: '#b00020', free: '#3d5a80' };

const bar = (name: string, colour: string, spread: Spread): Bar => ({ name, colour, ...spread });

function shareColour(figure: Figure): string {
  const reached = reachesBar(figure);
  if (reached === undefined) return colours.free;
  return reached ? colours.reached : colours.missed;
}

function shares(figures: readonly Figure[]): string {
  return barChart(
    'share of the first ceiling; green: its bar is reached, red: not, blue: none is set',
    figures.map((figure) => bar(figure.name, shareColour(figure), figure.ceilings[0]!.share)),
  );
}

const list = (items: readonly string[]): string =>
  items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;

function figureHtml(figure: Figure): string {
  const bars = [
    bar('engine', colours.engine, figure.spread),
    ...figure.ceilings.map(({ name, spread }) => bar(name, colours.ceiling, spread)),
  ];
  const details = figure.details.map(({ name, unit, spread }) => `${name}: ${quantity(spread.median, unit)}`);
  const judged = verdict(figure);
  return [
    `<h2>${escapeHtml(figure.title)}</h2>`,
    judged === '' ? '' : `<p class="verdict ${reachesBar(figure) === true ? 'good' : 'bad'}">${escapeHtml(judged)}</p>`,
    barChart(`${figure.unit}, ${figure.lessIsBetter ? 'less' : 'more'} is better`, bars),
    list([...figure.notes, ...details]),
  ].join('\n');
}

export function nativeHtml(machine: string, { io, direct, figures }: Measured): string {
  const way = `The engine's disk: ${io}, ${direct ? 'past the page cache (O_DIRECT)' : 'through the page cache'}.`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Foreshard's engine beside the machine</title><style>${reportStyle}</style></head><body>`,
    "<h1>Foreshard's engine beside the machine</h1>",
    `<p>${escapeHtml(machine)}. ${way} Each sample stands beside one of each ceiling, taken just before it. Bars are
medians, the lines across their ends least and greatest.</p>`,
    shares(figures),
    ...figures.map(figureHtml),
    '</body></html>',
  ].join('\n');
}
