// How the page of a heat looks, and the script that draws its map over time.

/** From cold to hot, on a light page and on a dark one. */
const light = ['#f4f1ea', '#fbe3b5', '#f8c77c', '#f3a55a', '#e97f4b', '#d85c4a', '#bd3f54', '#992a5e', '#6f1d5e', '#441350'];
const dark = ['#1d1b22', '#35204a', '#571f63', '#7f2668', '#a63363', '#c94a54', '#e26b42', '#f19139', '#f8bb4f', '#fbe68f'];

export const pageLevels = light.length;

const variables = (colours: readonly string[]) => colours.map((colour, i) => `--h${i}:${colour}`).join(';');

export const heatPageStyle = `
:root { --split:#00798c; --merge:#7a5c00; ${variables(light)} }
@media (prefers-color-scheme: dark) { :root { --split:#5fd0e0; --merge:#f0d060; ${variables(dark)} } }
canvas { display: block; width: 100%; height: 26rem; cursor: crosshair } svg .bound { stroke: var(--page); stroke-width: 1 }
output { display: block; min-height: 1.5em; color: var(--faint); font-variant-numeric: tabular-nums }
.split { color: var(--split) } .merge { color: var(--merge) }
.scale { display: flex; gap: .5rem; align-items: center } .scale i { display: inline-block; width: 1.4rem; height: .8rem }
${light.map((_, i) => `.h${i} { fill: var(--h${i}); background: var(--h${i}) }`).join(' ')}`;

/** Reads the data that stands in the page in the element "data" (page.ts); time goes to the right, the ring down. */
export const heatPageScript = `
const { moments, changes, top, levels, endTime } = JSON.parse(document.getElementById('data').textContent);
const canvas = document.getElementById('map');
const told = document.getElementById('told');
const edge = { left: 44, right: 8, top: 8, bottom: 24 };
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const begin = moments[0].time;
const endOf = (i) => (i + 1 < moments.length ? moments[i + 1].time : endTime);
const level = (rate) => (rate > 0 ? Math.min(levels - 1, Math.max(1, Math.round(Math.sqrt(rate / top) * (levels - 1)))) : 0);
const clock = (time) => new Date(time).toLocaleTimeString();
const plot = () => ({
  width: canvas.clientWidth - edge.left - edge.right,
  height: canvas.clientHeight - edge.top - edge.bottom,
});
const xOf = (time, { width }) => edge.left + ((time - begin) / (endTime - begin)) * width;
const yOf = (at, { height }) => edge.top + at * height;

function drawCells(to, area) {
  const colours = Array.from({ length: levels }, (_, i) => colour('--h' + i));
  moments.forEach(({ time, cells }, i) => {
    const [x, end] = [Math.floor(xOf(time, area)), Math.ceil(xOf(endOf(i), area))];
    cells.forEach((rate, cell) => {
      const [y, below] = [cell, cell + 1].map((one) => Math.round(yOf(one / cells.length, area)));
      to.fillStyle = colours[level(rate)];
      to.fillRect(x, y, end - x, below - y);
    });
  });
}

/** Where shards begin, from the moment on that says so. */
function drawStarts(to, area) {
  to.fillStyle = colour('--faint');
  to.globalAlpha = 0.5;
  let starts = [];
  moments.forEach((moment, i) => {
    starts = moment.starts ?? starts;
    const x = xOf(moment.time, area);
    for (const at of starts) if (at > 0) to.fillRect(x, yOf(at, area), xOf(endOf(i), area) - x + 0.5, 0.5);
  });
  to.globalAlpha = 1;
}

/** A split points to the right, where there is a shard more; a merge to the left. */
function drawChanges(to, area) {
  for (const { time, type, at } of changes) {
    if (time < begin || time > endTime) continue;
    const [x, y, reach] = [xOf(time, area), yOf(at, area), type === 'split' ? 7 : -7];
    to.fillStyle = colour('--' + type);
    to.beginPath();
    to.moveTo(x, y - 4);
    to.lineTo(x + reach, y);
    to.lineTo(x, y + 4);
    to.fill();
  }
}

function drawAxes(to, area) {
  to.fillStyle = colour('--faint');
  to.font = '12px system-ui, sans-serif';
  to.textBaseline = 'middle';
  to.textAlign = 'right';
  for (const at of [0, 0.25, 0.5, 0.75, 1]) to.fillText(String(at), edge.left - 6, yOf(at, area) + 6 - 12 * at);
  const ticks = Math.max(1, Math.min(6, Math.floor(area.width / 120)));
  for (let i = 0; i <= ticks; i++) {
    const time = begin + ((endTime - begin) * i) / ticks;
    to.textAlign = i === 0 ? 'left' : i === ticks ? 'right' : 'center';
    to.fillText(clock(time), xOf(time, area), canvas.clientHeight - edge.bottom / 2);
  }
}

function draw() {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  const to = canvas.getContext('2d');
  to.scale(ratio, ratio);
  for (const part of [drawCells, drawStarts, drawChanges, drawAxes]) part(to, plot());
}

canvas.addEventListener('mousemove', ({ offsetX, offsetY }) => {
  const { width, height } = plot();
  const [right, down] = [(offsetX - edge.left) / width, (offsetY - edge.top) / height];
  if (right < 0 || right >= 1 || down < 0 || down >= 1) return (told.textContent = '');
  const time = begin + right * (endTime - begin);
  const moment = moments.findLast((one) => one.time <= time);
  const cell = Math.floor(down * moment.cells.length);
  const part = [cell, cell + 1].map((one) => (one / moment.cells.length).toFixed(4)).join(' to ');
  told.textContent = clock(moment.time) + ', ' + part + ' of the ring: ' + moment.cells[cell].toLocaleString() + ' a second';
});
canvas.addEventListener('mouseleave', () => (told.textContent = ''));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
addEventListener('resize', draw);
draw();
`;
