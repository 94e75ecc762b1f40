// Models of trees as bytes: what is saved comes back, and what is damaged does not.
import { createHash } from 'node:crypto';
import test from 'ava';
import { train, TreeModel } from '../plugins/gradient-boosted/trees/index.js';
import { Random, seed } from './support/random.js';

const headBytes = 24;

function smallModel() {
  const random = new Random(1);
  const number = () => random.below(1000) / 1000;
  const data = { rows: 60, columns: Array.from({ length: 3 }, () => Float32Array.from({ length: 60 }, number)) };
  const targets = Float32Array.from(data.columns[0]!, (value) => (value > 0.5 ? 1 : 0));
  const model = train(data, targets, { loss: 'poisson', trees: 3, leaves: 4, bins: 8 });
  return { data, model, bytes: model.save() };
}

/** Gives the bytes the check sum that belongs to their body, as one who writes a model himself would. */
function withCheckSum(bytes: Uint8Array): Uint8Array {
  const sum = createHash('sha256').update(bytes.subarray(headBytes)).digest().subarray(0, 8);
  bytes.set(sum, headBytes - 8);
  return bytes;
}

test('a model that was saved says other things', (t) => {
  const { data, model, bytes } = smallModel();
  const loaded = TreeModel.load(bytes);
  t.deepEqual(loaded.predict(data), model.predict(data));
  t.deepEqual(loaded.importance(), model.importance());
  t.deepEqual([loaded.loss, loaded.trees, loaded.columns], ['poisson', 3, 3]);
  t.deepEqual(loaded.save(), bytes);
  t.deepEqual(TreeModel.load(Buffer.concat([Buffer.from('before'), bytes]).subarray(6)).save(), bytes);
});

test('a damaged model is taken for a good one', (t) => {
  const { bytes } = smallModel();
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1 << at % 8;
    t.throws(() => TreeModel.load(damaged), { message: /not a model of trees/ }, `byte ${at}`);
    t.throws(() => TreeModel.load(bytes.subarray(0, at)), { message: /not a model of trees/ }, `${at} bytes`);
  }
  t.throws(() => TreeModel.load(Buffer.concat([bytes, Buffer.alloc(1)])), { message: /not a model of trees/ });
});

test('a forged model hangs, or says what is not finite', (t) => {
  const { data, bytes } = smallModel();
  const random = new Random(seed);
  let taken = 0;
  for (let round = 0; round < 4000; round++) {
    const forged = bytes.slice();
    for (let change = random.below(3); change >= 0; change--)
      forged[headBytes + random.below(bytes.length - headBytes)] = random.below(256);
    try {
      const responses = TreeModel.load(withCheckSum(forged)).predict(data);
      t.true(responses.every(Number.isFinite), `seed ${seed}, round ${round}`);
      taken++;
    } catch (error) {
      t.regex((error as Error).message, /not a model of trees/, `seed ${seed}, round ${round}`);
    }
  }
  t.true(taken > 0, 'changes of values only are no damage that can be told');
});

test('a model of another version is read', (t) => {
  const { bytes } = smallModel();
  bytes[4] = 2;
  t.throws(() => TreeModel.load(bytes), { message: /version is 2/ });
});
