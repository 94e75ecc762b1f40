// What failure-hazard has learned, as bytes: written, and read with suspicion.
import { HazardModel } from './model.js';
import type { HazardSettings } from './settings.js';

/*
 * Little-endian. Four bytes of a mark, and how many half-lives, shapes and nodes there are, 4 bytes each. Then numbers of 8 bytes:
 * the half-lives, the shapes, the latest time, the scatter (2), and for each model its weight, and shape and mean of its prior.
 * Then the nodes, that seen least recently first: its number, its time, its failures by half-life and its exposures by model. At
 * the end FNV-1a of all that, 4 bytes.
 */
const mark = 0x5a485346;
const headBytes = 16;
const sumBytes = 4;

function checksum(bytes: Uint8Array): number {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}

const numbersOf = (halfLives: number, shapes: number, nodes: number): number => {
  const models = halfLives * shapes;
  return halfLives + shapes + 3 + 3 * models + nodes * (2 + halfLives + models);
};

function* numbersIn({ settings, now, mixture, priors, rates }: HazardModel): Generator<number> {
  yield* settings.halfLivesDays;
  yield* settings.shapes;
  yield now;
  yield* mixture.scatter;
  for (const [model, { shape, mean }] of priors.entries()) yield* [mixture.weights[model]!, shape, mean];
  const { halfLivesDays, models } = rates;
  for (const [node, slot] of rates.slots) {
    yield* [node, rates.at[slot]!];
    yield* rates.counts.subarray(slot * halfLivesDays.length, (slot + 1) * halfLivesDays.length);
    yield* rates.exposures.subarray(slot * models, (slot + 1) * models);
  }
}

export function saved(model: HazardModel): Uint8Array {
  const { halfLivesDays, shapes } = model.settings;
  const nodes = model.rates.slots.size;
  const length = headBytes + 8 * numbersOf(halfLivesDays.length, shapes.length, nodes);
  const bytes = new Uint8Array(length + sumBytes);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of [mark, halfLivesDays.length, shapes.length, nodes].entries()) view.setUint32(at * 4, value, true);
  let at = headBytes;
  for (const number of numbersIn(model)) {
    view.setFloat64(at, number, true);
    at += 8;
  }
  view.setUint32(length, checksum(bytes.subarray(0, length)), true);
  return bytes;
}

function refuse(when: boolean, why: string): void {
  if (when) throw new RangeError(`state of failure-hazard: ${why}`);
}

/** The numbers behind the head, when all of them are there and whole. */
function numbersFrom(bytes: Uint8Array, settings: HazardSettings): { nodes: number; next: () => number } {
  const { halfLivesDays, shapes, maxNodes } = settings;
  refuse(bytes.length < headBytes + sumBytes, 'too short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  refuse(view.getUint32(0, true) !== mark, 'not written by it');
  refuse(view.getUint32(4, true) !== halfLivesDays.length || view.getUint32(8, true) !== shapes.length, 'of other settings');
  const nodes = view.getUint32(12, true);
  refuse(nodes > maxNodes, `${nodes} nodes, at most ${maxNodes} are kept`);
  const length = headBytes + 8 * numbersOf(halfLivesDays.length, shapes.length, nodes);
  refuse(bytes.length !== length + sumBytes, 'of a wrong length');
  refuse(checksum(bytes.subarray(0, length)) !== view.getUint32(length, true), 'damaged');
  let at = headBytes - 8;
  return { nodes, next: () => view.getFloat64((at += 8), true) };
}

/** A number that can be: not below `least`, and finite. */
function checked(value: number, least: number): number {
  refuse(!(value >= least && value < Infinity), 'a number in it cannot be');
  return value;
}

/** Reads the nodes behind all else. */
function readNodes({ rates }: HazardModel, nodes: number, next: () => number): void {
  const halfLives = rates.halfLivesDays.length;
  for (let node = 0; node < nodes; node++) {
    const slot = rates.see(checked(next(), -Number.MAX_VALUE), checked(next(), -Number.MAX_VALUE));
    for (let at = 0; at < halfLives; at++) rates.counts[slot * halfLives + at] = checked(next(), 0);
    for (let at = 0; at < rates.models; at++) rates.exposures[slot * rates.models + at] = checked(next(), 0);
  }
  refuse(rates.slots.size !== nodes, 'a node is in it twice');
}

/** Throws RangeError for bytes that saved() has not given under the same settings. */
export function loaded(bytes: Uint8Array, settings: HazardSettings): HazardModel {
  const { nodes, next } = numbersFrom(bytes, settings);
  const model = new HazardModel(settings);
  const { mixture, priors } = model;
  for (const value of [...settings.halfLivesDays, ...settings.shapes]) refuse(next() !== value, 'of other settings');
  const now = next();
  model.now = nodes === 0 && now === -Infinity ? now : checked(now, -Number.MAX_VALUE);
  for (const at of mixture.scatter.keys()) mixture.scatter[at] = checked(next(), 0);
  for (const [at, prior] of priors.entries()) {
    mixture.weights[at] = checked(next(), Number.MIN_VALUE);
    prior.shape = checked(next(), Number.MIN_VALUE);
    prior.mean = checked(next(), Number.MIN_VALUE);
  }
  readNodes(model, nodes, next);
  return model;
}
